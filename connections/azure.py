"""A connection to one Azure subscription: guarded pipelines, one for each host, signed in by azure-identity.

The pipelines are built here and not taken from the management SDKs, whose own holds a policy that registers resource
providers: a write, sent behind the caller's back.
"""

from __future__ import annotations

import base64
import json
import logging
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from azure.core import AsyncPipelineClient
from azure.core.pipeline.policies import (
    AsyncBearerTokenCredentialPolicy,
    AsyncHTTPPolicy,
    ProxyPolicy,
    RequestIdPolicy,
    SansIOHTTPPolicy,
    UserAgentPolicy,
)
from azure.core.pipeline.transport import AioHttpTransport

from connections.azure_clouds import AzureCloud, cloud_of
from connections.azure_credential import MODES, azure_credential
from connections.azure_guard import AzureGuard
from connections.azure_sources import describe_azure_sources
from connections.raw import keep, keeps
from schemas.demo import DEMO_HEADER
from schemas.errors import InvalidInputError
from schemas.naming import NAMING

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.core.pipeline import PipelineRequest, PipelineResponse

    from schemas.scan import ScanSpec
    from schemas.sealing import Secret
    from schemas.settings import Settings

# A sign-in that fails comes back as an error of the call that needed it; the SDK's own warning would say it twice.
logging.getLogger("azure.identity").setLevel(logging.CRITICAL)

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 30


class AzureConnection:
    """Pipelines of one subscription, cached by host. For one event loop."""

    def __init__(
        self,
        spec: ScanSpec,
        *,
        operations: frozenset[str],
        cloud: AzureCloud,
        ca: str | bool,
        secret: Secret | None = None,
    ) -> None:
        self.demo = spec.demo
        self._operations, self._cloud, self._ca = operations, cloud, ca
        self._credential = azure_credential(spec, cloud, ca, secret)
        self._clients: dict[tuple[str, str], AsyncPipelineClient[Any, Any]] = {}

    def client(self, service: str, region: str) -> Any:  # noqa: ANN401 - see ``Connection``
        """The pipeline of a service, or what tells who we are (``identity``)."""
        if service == "identity":
            return Identity(self._credential, self._cloud)
        endpoint, scope, place = self._cloud.endpoint, self._cloud.scope, "global"
        if service == "metrics":
            endpoint, scope, place = self._cloud.metrics.format(region=region), self._cloud.metrics_scope, region
        if (endpoint, scope) not in self._clients:
            self._clients[endpoint, scope] = self._pipeline(endpoint, scope, place)
        return self._clients[endpoint, scope]

    def _pipeline(self, endpoint: str, scope: str, region: str) -> AsyncPipelineClient[Any, Any]:
        """No redirects and no retries: the engine limits, retries and classifies."""
        guard = AzureGuard(self._operations, endpoint)
        policies = [
            RequestIdPolicy(),
            UserAgentPolicy(f"cloud-sentinel/{version('cloud-sentinel')}"),
            ProxyPolicy(),
            guard,
            AsyncBearerTokenCredentialPolicy(self._credential, scope),
            _Notice(self),
            _Kept(guard, region),
        ]
        return AsyncPipelineClient(base_url=endpoint, policies=policies, transport=_transport(self._ca))

    async def close(self) -> None:
        """Close the sockets of all pipelines and of the sign-in."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()
        await self._credential.close()


class Identity:
    """Who the credentials are, by the claims of the token that they get."""

    def __init__(self, credential: AsyncTokenCredential, cloud: AzureCloud) -> None:
        self._credential, self._cloud = credential, cloud

    @property
    def cloud(self) -> str:
        """The name of the cloud."""
        return self._cloud.name

    @property
    def tried(self) -> str:
        """Where credentials were looked for."""
        return describe_azure_sources()

    async def principal(self) -> str:
        """The user's name, or the application and its object. Raises azure-core's errors."""
        token = (await self._credential.get_token(self._cloud.scope)).token
        claims = _claims(token)
        name = claims.get("upn") or claims.get("unique_name")
        return str(name or f"application {claims.get('appid', '?')} (object {claims.get('oid', '?')})")


class _Notice(SansIOHTTPPolicy[Any, Any]):
    """The demo cloud says what it is, also to a connection that reaches it by an address of the settings."""

    def __init__(self, connection: AzureConnection) -> None:
        super().__init__()
        self._connection = connection

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:  # noqa: ARG002
        if DEMO_HEADER in response.http_response.headers:
            self._connection.demo = True


class _Kept(AsyncHTTPPolicy[Any, Any]):
    """Every answer, and every refusal, for the audit log. The last policy: what it sees was sent."""

    def __init__(self, guard: AzureGuard, region: str) -> None:
        super().__init__()
        self._guard, self._region = guard, region

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send, and keep what comes back while a task keeps its answers."""
        response: PipelineResponse[Any, Any] = await self.next.send(request)
        if keeps():
            sent, body = request.http_request, await response.http_response.read()
            asked = self._guard.declared(sent.method, urlsplit(sent.url).path, sent.content)
            arguments = {**dict(parse_qsl(urlsplit(sent.url).query)), "body": _json(sent.content)}
            name = asked.name if asked else ""
            keep(name, self._region, arguments, response.http_response.status_code, _json(body))
        return response


def _json(body: Any) -> Any:  # noqa: ANN401 - as the SDK holds it
    """What a body says, or how long it is."""
    if not isinstance(body, str | bytes) or not body:
        return body or None
    try:
        return json.loads(body)
    except ValueError:
        return f"{len(body)} characters that are no JSON"


def connect(
    spec: ScanSpec, *, operations: frozenset[str], settings: Settings, secret: Secret | None = None
) -> AzureConnection:
    """A connection as the scan's mode wants it. Asks no network. Raises ``InvalidInputError`` or ``NoAccess``."""
    if spec.connection.mode not in MODES:
        raise InvalidInputError("connection.mode", spec.connection.mode, f"allowed for azure: {', '.join(MODES)}")
    account, naming = spec.connection.account, NAMING["azure"]
    if account is not None and not naming.account.fullmatch(account):
        raise InvalidInputError("connection.account", account, naming.account_form)
    if spec.demo and not settings.azure_endpoint:
        raise InvalidInputError("SENTINEL_AZURE_ENDPOINT", "", "mode demo needs the address of the demo cloud")
    return AzureConnection(
        spec, operations=operations, cloud=cloud_of(settings), ca=settings.azure_ca or True, secret=secret
    )


def _transport(ca: str | bool) -> AioHttpTransport:
    return AioHttpTransport(
        connection_verify=ca, connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, use_env_settings=True
    )


def _claims(token: str) -> dict[str, Any]:
    """The claims of a token that was just got from its issuer; nothing is decided by them."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        return {}
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    return claims
