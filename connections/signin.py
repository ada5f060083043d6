"""Signing in: from a scan's connection to credentials, and what went wrong in the words of the product."""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError, HTTPClientError
from botocore.exceptions import ConnectionError as SdkConnectionError
from botocore.session import Session

from connections.guard import SignInGuard, install
from connections.sdk import prepare
from connections.sources import describe_sources
from schemas.demo import DEMO_ACCESS_KEY, DEMO_EXTERNAL_ID, DEMO_SECRET, demo_role_arn
from schemas.errors import CloudError, InvalidInputError, NoAccess, Retriable, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.client import BaseClient
    from botocore.credentials import Credentials

    from schemas.scan import ScanSpec
    from schemas.sealing import Secret

_ROLE_ARN: Final = re.compile(r"arn:(aws[a-z-]*):iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_EXTERNAL_ID: Final = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_ACCOUNT: Final = re.compile(r"\d{12}")
_HOME_REGIONS: Final = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
_PASSING: Final = frozenset({"InternalFailure", "RequestLimitExceeded", "ServiceUnavailable", "Throttling"})
_MAX_SESSION_NAME: Final = 64

# A refresh that fails comes back as an error of the call that needed it; the SDK's own traceback would say it twice.
logging.getLogger("botocore.credentials").setLevel(logging.CRITICAL)


TOKEN_FILE: Final = "AWS_WEB_IDENTITY_TOKEN_FILE"  # noqa: S105 - the name of a variable
"""Names the file with the workers' token of their platform. An account cannot name another file."""


@dataclass(frozen=True)
class Role:
    """A role to assume, and the name under which its owner sees us in CloudTrail."""

    arn: str
    external_id: str | None
    session_name: str

    @property
    def home_region(self) -> str:
        """A region of the role's partition, for when nothing else says one."""
        return _HOME_REGIONS.get(self.arn.split(":")[1], "us-east-1")


def role_of(spec: ScanSpec) -> Role | None:
    """The role that the scan's connection names, or None. Raises ``InvalidInputError``."""
    connection = spec.connection
    if connection.mode == "demo":
        account = connection.account or ""
        if not _ACCOUNT.fullmatch(account):
            raise InvalidInputError("connection.account", account, "the demo needs an account of twelve digits")
        return Role(demo_role_arn(account), DEMO_EXTERNAL_ID, session_name(spec.scan_id))
    if connection.mode not in {"assume_role", "web_identity"}:
        return None
    arn = connection.role_arn or ""
    if not _ROLE_ARN.fullmatch(arn):
        raise InvalidInputError("connection.role_arn", arn, "allowed: arn:aws:iam::<account>:role/<name>")
    if connection.external_id is not None and not _EXTERNAL_ID.fullmatch(connection.external_id):
        raise InvalidInputError(
            "connection.external_id", connection.external_id, "allowed: 2 to 1224 of letters, digits and +=,.@:/-_"
        )
    return Role(arn, connection.external_id, session_name(spec.scan_id))


def session_name(scan_id: str) -> str:
    """The role session name of a scan, in the characters and the length that STS takes."""
    return f"cloud-sentinel-{re.sub(r'[^A-Za-z0-9+=,.@_-]', '-', scan_id)}"[:_MAX_SESSION_NAME]


def new_session(spec: ScanSpec) -> Session:
    """A botocore session as the connection wants it. With keys of its own it knows nothing of files and profiles."""
    session = Session(profile=spec.connection.profile)
    if spec.demo or spec.connection.mode == "static_keys":
        store = session.get_component("config_store")
        for name, value in (("config_file", os.devnull), ("credentials_file", os.devnull), ("profile", None)):
            store.set_config_variable(name, value)
    prepare(session)
    return session


class SignIn:
    """Gets the credentials of a connection through a session of its own, which can do nothing else."""

    def __init__(self, spec: ScanSpec, *, endpoint: str | None, config: Config, secret: Secret | None = None) -> None:
        """Raises ``NoAccess`` for a profile that is not there or a file that cannot be read."""
        self._spec, self._endpoint, self._config = spec, endpoint, config
        self._role = role_of(spec)
        self._session = new_session(spec)
        install(self._session, SignInGuard())
        if spec.demo:
            self._session.set_credentials(DEMO_ACCESS_KEY, DEMO_SECRET)
        if spec.connection.mode == "static_keys":
            if secret is None or not spec.connection.access_key_id:
                raise NoAccess("the account has no secret access key: give it anew", code="NoCredentials")
            self._session.set_credentials(spec.connection.access_key_id, secret["secret_access_key"])
        try:
            self._session.get_scoped_config()
        except BotoCoreError as error:
            raise self._failure(error) from error

    def credentials(self) -> Credentials:
        """Refreshing credentials, proven to exist. Raises ``NoAccess``, ``Unreachable`` or ``Retriable``."""
        if self._role is not None and self._spec.connection.mode == "web_identity":
            return self._by_token(self._role)
        try:
            found = self._session.get_credentials()
            if found is None:
                raise NoAccess(f"no AWS credentials; tried {describe_sources(self._spec)}", code="NoCredentials")
            found.get_frozen_credentials()
        except (BotoCoreError, ClientError) as error:
            raise self._failure(error) from error
        return found if self._role is None else self._assumed(self._role)

    def _assumed(self, role: Role) -> Credentials:
        def refresh() -> dict[str, str]:
            try:
                return _assume(self._client(role), role)
            except (BotoCoreError, ClientError) as error:
                raise self._failure(error) from error

        return RefreshableCredentials.create_from_metadata(refresh(), refresh_using=refresh, method="sts-assume-role")

    def _by_token(self, role: Role) -> Credentials:
        """The token is read anew each time: the platform renews it."""

        def refresh() -> dict[str, str]:
            try:
                return _assume_by_token(self._client(role, Config(signature_version=UNSIGNED)), role)
            except (BotoCoreError, ClientError) as error:
                raise self._failure(error) from error

        return RefreshableCredentials.create_from_metadata(
            refresh(), refresh_using=refresh, method="sts-assume-role-with-web-identity"
        )

    def _client(self, role: Role, also: Config | None = None) -> BaseClient:
        region = self._session.get_config_variable("region") or role.home_region
        config = self._config if also is None else self._config.merge(also)
        return self._session.create_client("sts", region_name=region, endpoint_url=self._endpoint, config=config)

    def _failure(self, error: BotoCoreError | ClientError) -> CloudError:
        tried = f"tried {describe_sources(self._spec)}"
        if isinstance(error, ClientError):
            code, operation = error.response["Error"]["Code"], error.operation_name
            kind = Retriable if code in _PASSING or code.startswith("Throttl") else NoAccess
            return kind(f"signing in failed: {error}; {tried}", operation=operation, code=code)
        code = type(error).__name__
        if isinstance(error, HTTPClientError | SdkConnectionError):
            return Unreachable(f"signing in got no answer: {error}", code=code)
        if isinstance(error, CredentialRetrievalError):  # its text may hold what a credential process printed
            return NoAccess(f"the credential source {error.kwargs['provider']} failed; {tried}", code=code)
        return NoAccess(f"no AWS credentials: {error}; {tried}", code=code)


def _assume(client: BaseClient, role: Role) -> dict[str, str]:
    external = {"ExternalId": role.external_id} if role.external_id else {}
    return _metadata(client.assume_role(RoleArn=role.arn, RoleSessionName=role.session_name, **external))


def _assume_by_token(client: BaseClient, role: Role) -> dict[str, str]:
    """Raises ``NoAccess`` where the workers have no token."""
    place = os.environ.get(TOKEN_FILE)
    if not place:
        raise NoAccess(f"the workers have no token of their platform: {TOKEN_FILE} is not set", code="NoCredentials")
    try:
        token = Path(place).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoAccess(f"{TOKEN_FILE} cannot be read: {type(error).__name__}", code="NoCredentials") from None
    names = {"RoleArn": role.arn, "RoleSessionName": role.session_name}
    return _metadata(client.assume_role_with_web_identity(**names, WebIdentityToken=token))


def _metadata(told: Mapping[str, Any]) -> dict[str, str]:
    answer = told["Credentials"]
    return {
        "access_key": answer["AccessKeyId"],
        "secret_key": answer["SecretAccessKey"],
        "token": answer["SessionToken"],
        "expiry_time": answer["Expiration"].isoformat(),
    }
