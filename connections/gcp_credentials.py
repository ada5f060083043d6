"""Credentials of stored Google Cloud accounts, made by google-auth from memory: no file of the account is read.

An account tells no address: where keys and tokens are exchanged is Google's, or what the settings say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from google.auth import identity_pool, impersonated_credentials
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import service_account

from schemas.errors import NoAccess

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.scan import Connection
    from schemas.sealing import Secret
    from schemas.settings import Settings

SCOPES: Final = ["https://www.googleapis.com/auth/cloud-platform"]
TOKEN_URL: Final = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
STS_URL: Final = "https://sts.googleapis.com/v1/token"
IAM_URL: Final = "https://iamcredentials.googleapis.com/v1"
JWT: Final = "urn:ietf:params:oauth:token-type:jwt"


def gcp_credentials(connection: Connection, secret: Secret | None, settings: Settings) -> Callable[[Any], Any] | None:
    """Makes the credentials of a mode when they are first needed; None: those of this machine.

    Raises ``NoAccess`` for what is not there.
    """
    base = settings.gcp_authority.rstrip("/")
    if connection.mode == "service_account_key":
        return _by_key(secret, f"{base}/token" if base else TOKEN_URL)
    iam = f"{base}/v1" if base else IAM_URL
    if connection.mode == "impersonation":
        return lambda request: _impersonated(_of_workers(request), connection.service_account or "", iam)
    if connection.mode == "workload_identity":
        return _federated(connection, settings, f"{base}/v1/token" if base else STS_URL, iam)
    return None


def _by_key(secret: Secret | None, token_url: str) -> Callable[[Any], Any]:
    if secret is None or "key" not in secret:
        raise NoAccess("the account has no key: give it anew", code="NoCredentials")
    info = {**msgspec.json.decode(secret["key"], type=dict[str, str]), "token_uri": token_url}

    def read(_: object) -> Any:  # noqa: ANN401 - google-auth's
        try:
            make: Any = service_account.Credentials.from_service_account_info
            return make(info, scopes=SCOPES)
        except ValueError:
            raise NoAccess("the account's key cannot be read: give it anew", code="NoCredentials") from None

    return read


def _federated(connection: Connection, settings: Settings, sts_url: str, iam: str) -> Callable[[Any], Any]:
    place = settings.gcp_token_file
    if place is None:
        raise NoAccess(
            "the workers have no token of their platform: SENTINEL_GCP_TOKEN_FILE is not set", code="NoCredentials"
        )
    impersonation = f"{iam}/projects/-/serviceAccounts/{connection.service_account}:generateAccessToken"
    return lambda _: identity_pool.Credentials(
        audience=connection.audience,
        subject_token_type=JWT,
        token_url=sts_url,
        credential_source={"file": str(place)},
        service_account_impersonation_url=impersonation if connection.service_account else None,
        scopes=SCOPES,
    )


def _of_workers(request: Any) -> Any:  # noqa: ANN401 - google-auth's
    """Those of this machine. Raises ``NoAccess``."""
    import google.auth

    try:
        found, _ = google.auth.default(scopes=SCOPES, request=request)
    except GoogleAuthError as error:
        reason = str(error).splitlines()[0][:300]
        raise NoAccess(f"the workers have no Google Cloud credentials: {reason}", code="NoCredentials") from error
    return found


def _impersonated(source: Any, target: str, iam: str) -> Any:  # noqa: ANN401 - google-auth's
    where = f"{iam}/projects/-/serviceAccounts/{target}:generateAccessToken"
    return impersonated_credentials.Credentials(
        source, target_principal=target, target_scopes=SCOPES, iam_endpoint_override=where
    )
