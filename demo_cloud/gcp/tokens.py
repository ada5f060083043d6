"""Where tokens come from: for a service-account key, for an outside identity, and by impersonation.

A token holds the name of whom it belongs to, in base64: the demo's APIs believe whoever has one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from google.auth import jwt

from demo_cloud.gcp.world import PROJECT
from schemas.demo import DEMO_GCP_PRINCIPAL, DEMO_GCP_TOKEN

SECONDS: Final = 3600
EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
MARK: Final = "ya29.demo-"
OUTSIDE_TOKEN: Final = "outside-identity"  # noqa: S105 - what the demo's identity pool believes
OF_PROJECT: Final = f"@{PROJECT}.iam.gserviceaccount.com"


class NotGiven(Exception):  # noqa: N818 - what the caller gets
    """No token; says why."""


def token_of(principal: str) -> str:
    """The token of somebody."""
    return MARK + base64.urlsafe_b64encode(principal.encode()).decode()


def principal_of(token: str) -> str | None:
    """Whose token it is; None for one that nobody has."""
    if token == DEMO_GCP_TOKEN:
        return DEMO_GCP_PRINCIPAL
    if not token.startswith(MARK):
        return None
    try:
        return base64.urlsafe_b64decode(token.removeprefix(MARK)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def of_a_key(form: Mapping[str, str], certificates: Mapping[str, Any]) -> dict[str, Any]:
    """The token for a service account's signed assertion (RFC 7523). Raises ``NotGiven``."""
    if form.get("grant_type") != BEARER:
        raise NotGiven("unsupported_grant_type")
    try:
        claims = jwt.decode(form.get("assertion", ""), certs=dict(certificates))
    except (ValueError, KeyError) as error:
        raise NotGiven("Invalid JWT Signature.") from error
    return {"access_token": token_of(claims["iss"]), "expires_in": SECONDS, "token_type": "Bearer"}


def of_an_exchange(form: Mapping[str, str]) -> dict[str, Any]:
    """The token for that of an outside identity (RFC 8693). Raises ``NotGiven``."""
    if form.get("grant_type") != EXCHANGE or form.get("subject_token") != OUTSIDE_TOKEN:
        raise NotGiven("The subject token is not believed.")
    return {
        "access_token": token_of(f"principal:{form.get('audience', '')}"),
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer",
        "expires_in": SECONDS,
    }


def of_an_impersonation(account: str, caller: str | None) -> dict[str, Any]:
    """The token of an account, for somebody of this project or of its identity pool. Raises ``NotGiven``."""
    if caller is None or not (caller.startswith("principal:") or caller.endswith(OF_PROJECT)):
        raise NotGiven("Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).")
    ends = datetime.now(UTC) + timedelta(seconds=SECONDS)
    return {"accessToken": token_of(account), "expireTime": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}
