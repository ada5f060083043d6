"""A connection to one AWS account: guarded clients, cached, signed in with the first of them."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver

from connections.guard import ScanGuard, install
from connections.raw import keep
from connections.signin import SignIn, new_session
from schemas.demo import DEMO_HEADER
from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.client import BaseClient
    from botocore.credentials import Credentials

    from schemas.scan import ScanSpec
    from schemas.sealing import Secret
    from schemas.settings import Settings

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 30
ATTEMPTS: Final = 2
CLOSE_SECONDS: Final = 1


class _Given(CredentialProvider):  # type: ignore[misc]  # botocore carries no types
    """Hands the credentials that the sign-in got to the scanning session, which looks nowhere else."""

    METHOD = "cloud-sentinel"

    def __init__(self, credentials: Credentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> Credentials:
        return self._credentials


class AwsConnection:
    """Clients of one account, cached by service and region. Safe for threads."""

    def __init__(
        self,
        spec: ScanSpec,
        *,
        operations: frozenset[str],
        endpoint: str | None,
        config: Config,
        secret: Secret | None = None,
    ) -> None:
        self.demo = spec.demo
        self._endpoint, self._config = endpoint, config
        self._sign_in = SignIn(spec, endpoint=endpoint, config=config, secret=secret)
        self._session = new_session(spec)
        install(self._session, ScanGuard(operations))
        events = self._session.get_component("event_emitter")
        events.register("after-call", self._notice)
        events.register("before-parameter-build", _remember)
        events.register("after-call", _keep)
        self._clients: dict[tuple[str, str], BaseClient] = {}
        self._signed_in = False
        self._lock = Lock()

    def client(self, service: str, region: str) -> BaseClient:
        """The client of a service in a region. The first one signs in, which may ask the network.

        Raises ``NoAccess``, and ``Unreachable`` or ``Retriable`` where the sign-in got no useful answer.
        """
        with self._lock:
            self._ensure_signed_in()
            if (service, region) not in self._clients:
                self._clients[service, region] = self._session.create_client(
                    service, region_name=region, endpoint_url=self._endpoint, config=self._config
                )
            return self._clients[service, region]

    def _notice(self, parsed: Mapping[str, Any], **_: object) -> None:
        """The demo cloud says what it is, also to a connection that reaches it by an address of the environment."""
        if DEMO_HEADER in parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}):
            self.demo = True

    async def close(self) -> None:
        """Close the sockets of all clients."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        if not self._lock.acquire(timeout=CLOSE_SECONDS):  # somebody signs in, and hangs: there is nothing to close
            return
        try:
            for client in self._clients.values():
                client.close()
            self._clients.clear()
        finally:
            self._lock.release()

    def _ensure_signed_in(self) -> None:
        if not self._signed_in:
            given = _Given(self._sign_in.credentials())
            self._session.register_component("credential_provider", CredentialResolver([given]))
            self._signed_in = True


def _remember(params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
    """What was asked, for the audit log: the answer's hook is told the answer only."""
    context["asked"] = dict(params)


def _keep(
    http_response: Any,  # noqa: ANN401 - botocore has no types
    parsed: Mapping[str, Any],
    model: Any,  # noqa: ANN401
    context: Mapping[str, Any],
    **_: object,
) -> None:
    keep(
        f"{model.service_model.service_name}:{model.name}",
        region=context["client_region"],
        arguments=context.get("asked"),
        status=http_response.status_code,
        answer={name: value for name, value in parsed.items() if name != "ResponseMetadata"},
        shape=model.output_shape,
    )


def connect(
    spec: ScanSpec, *, operations: frozenset[str], settings: Settings, secret: Secret | None = None
) -> AwsConnection:
    """A connection as the scan's mode wants it. Asks no network. Raises ``InvalidInputError`` or ``NoAccess``."""
    if spec.connection.mode == "profile" and not spec.connection.profile:
        raise InvalidInputError("connection.profile", spec.connection.profile, "mode profile needs the profile's name")
    endpoint = _demo_endpoint(settings) if spec.demo else None
    config = client_config(settings, demo=spec.demo)
    return AwsConnection(spec, operations=operations, endpoint=endpoint, config=config, secret=secret)


def client_config(settings: Settings, *, demo: bool) -> Config:
    """Limits of every client. The demo is on this machine: no proxy, and buckets in the path."""
    local = {"proxies": {}, "s3": {"addressing_style": "path"}} if demo else {}
    return Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=settings.region_threads * 2,
        user_agent_extra=f"cloud-sentinel/{version('cloud-sentinel')}",
        **local,
    )


def _demo_endpoint(settings: Settings) -> str:
    if not settings.demo_endpoint:
        raise InvalidInputError("SENTINEL_DEMO_ENDPOINT", "", "mode demo needs the address of the demo cloud")
    return settings.demo_endpoint
