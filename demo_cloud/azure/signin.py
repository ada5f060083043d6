"""Entra's part: tokens for the demo's service principal, by secret, certificate or federated token.

What a signed assertion claims is looked at, not its signature: this cloud gives nothing away.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from werkzeug.wrappers import Request, Response

from demo_cloud.azure.refusal import Refusal, SignInRefusal, answer
from schemas.demo import DEMO_CLIENT_ID, DEMO_SECRET, DEMO_TENANT

HOUR: Final = 3600
OBJECT_ID: Final = "0de00000-0000-4000-8000-000000000003"
ARM: Final = "https://management.azure.com"
MONITOR: Final = "https://metrics.monitor.azure.com"
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class SignIn:
    """Gives out tokens, and knows those that it gave out."""

    def __init__(self) -> None:
        self._audiences: dict[str, str] = {}

    def answers(self, request: Request) -> bool:
        """Whether the request is about signing in."""
        return request.path.endswith(("/oauth2/v2.0/token", "/.well-known/openid-configuration"))

    def answer(self, request: Request) -> Response:
        """The answer of the authority. Raises ``Refusal``."""
        tenant = request.path.strip("/").partition("/")[0]
        if tenant != DEMO_TENANT:
            raise SignInRefusal(400, "invalid_request", f"AADSTS90002: Tenant '{tenant}' not found.")
        if request.path.endswith("openid-configuration"):
            return answer(_configuration(request.host_url.rstrip("/"), tenant))
        form = request.form
        _check_client(form)
        audience = form.get("scope", "").split()[0].removesuffix("/.default")
        token = _token(audience, tenant)
        self._audiences[token] = audience
        return answer({"token_type": "Bearer", "expires_in": HOUR, "ext_expires_in": HOUR, "access_token": token})

    def check(self, request: Request, audience: str) -> None:
        """Whether the request carries a token for this audience. Raises ``Refusal``."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or token not in self._audiences:
            raise Refusal(401, "InvalidAuthenticationToken", "The access token is invalid.")
        if self._audiences[token] != audience:
            text = f"The access token is for the audience '{self._audiences[token]}', not for '{audience}'."
            raise Refusal(401, "InvalidAuthenticationTokenAudience", text)


def _configuration(host: str, tenant: str) -> dict[str, Any]:
    return {
        "token_endpoint": f"{host}/{tenant}/oauth2/v2.0/token",
        "authorization_endpoint": f"{host}/{tenant}/oauth2/v2.0/authorize",
        "issuer": f"{host}/{tenant}/v2.0",
    }


def _check_client(form: Mapping[str, str]) -> None:
    if form.get("client_id") != DEMO_CLIENT_ID:
        text = f"AADSTS700016: Application with identifier '{form.get('client_id')}' was not found in the directory."
        raise SignInRefusal(400, "unauthorized_client", text)
    if "client_assertion" in form:
        if form.get("client_assertion_type") != ASSERTION or not _of_the_demo(claims_of(form["client_assertion"])):
            raise SignInRefusal(401, "invalid_client", "AADSTS700027: The client assertion is not valid.")
    elif form.get("client_secret") != DEMO_SECRET:
        raise SignInRefusal(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")


def _of_the_demo(claims: Mapping[str, Any]) -> bool:
    """The application's own signature, or the token of the one workload that is federated with it."""
    return claims.get("sub") in {DEMO_CLIENT_ID, "system:serviceaccount:demo:scanner"}


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token; none where it is no token."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        return {}
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    return claims


def _token(audience: str, tenant: str) -> str:
    claims = {"aud": audience, "tid": tenant, "appid": DEMO_CLIENT_ID, "oid": OBJECT_ID, "jti": secrets.token_hex(8)}
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    told = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts]
    return ".".join([*told, "demo"])
