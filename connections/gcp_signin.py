"""Signing in to Google Cloud: by the vendor's own variables and files, and what went wrong in the product's words.

Service-account keys, workload identity federation, impersonation files, a user's login and the metadata server are all
found by google-auth through ``GOOGLE_APPLICATION_CREDENTIALS`` and its other places; the two variables by which gcloud
and Terraform name an account to impersonate are honoured on top of it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

import google.auth
from google.auth import impersonated_credentials
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError, TransportError
from google.auth.transport.requests import Request

from connections.gcp_sources import IMPERSONATION, describe_gcp_sources
from schemas.demo import DEMO_GCP_PRINCIPAL, DEMO_GCP_TOKEN
from schemas.errors import CloudError, NoAccess, Retriable, Unreachable

if TYPE_CHECKING:
    from schemas.scan import ScanSpec

T = TypeVar("T")
SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
"""The only scope that Cloud Asset Inventory takes; what may be done is limited by the role and by the guard."""
HTTP_SECONDS: Final = 20
IAM_ENDPOINT: Final = "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS"


class GcpSignIn:
    """The credentials of a connection: found when first asked for, refreshed when they end. Safe for threads."""

    def __init__(self, spec: ScanSpec, seconds: float, find: Callable[[Any], Any] | None = None) -> None:
        """``find`` makes the credentials of a stored account; None: those of this machine, by google-auth."""
        self._spec, self._seconds, self._own = spec, seconds, find
        self._credentials: Any = None
        self._project = ""
        self._lock = Lock()

    async def headers(self) -> dict[str, str]:
        """What signs a call: a token that is valid now, and the project whose quota it counts against, if one is named.

        May ask the network. Raises ``NoAccess``, ``Unreachable`` or ``Retriable``.
        """
        if self._credentials is None or not self._credentials.valid:
            await self._in_thread(self._renew)
        told: dict[str, str] = {}
        self._credentials.apply(told)
        return told

    async def identity(self) -> tuple[str, str]:
        """The project to look at and who we are; may ask the metadata server. Raises what ``headers`` raises."""
        return await self._in_thread(lambda: (self._project_asked(), self._principal()))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Wait for what blocks, in a thread that ends with the process: a sign-in that hangs holds nobody back."""
        future: Future[T] = Future()
        Thread(target=_fulfil, args=(future, work), name="gcp-sign-in", daemon=True).start()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._seconds)
        except TimeoutError:
            raise Unreachable(f"no answer within {self._seconds:g} s, signing in included") from None

    def _renew(self) -> None:
        with self._lock:
            self._find()
            try:
                if not self._credentials.valid:
                    self._credentials.refresh(_TokenRequest())
            except GoogleAuthError as error:
                raise self._failure(error) from error

    def _project_asked(self) -> str:
        """The scan's, else that of the environment or of the credentials."""
        with self._lock:
            self._find()
        found = self._spec.connection.account or self._project
        if not found:
            raise NoAccess(
                "no project is named: set GOOGLE_CLOUD_PROJECT to the id of the one to scan", code="NoProject"
            )
        return found

    def _principal(self) -> str:
        """As far as the credentials tell."""
        with self._lock:
            self._find()
        for name in ("service_account_email", "signer_email", "account"):
            told = getattr(self._credentials, name, None)
            if told and told != "default":
                return str(told)
        return type(self._credentials).__module__

    def _find(self) -> None:
        if self._credentials is not None:
            return
        if self._spec.demo:
            self._credentials = _Given(DEMO_GCP_TOKEN)
            return
        if self._own is not None:
            self._credentials = self._own(_TokenRequest())
            return
        try:
            found, project = google.auth.default(scopes=SCOPES, request=_TokenRequest())
        except GoogleAuthError as error:
            raise self._failure(error) from error
        self._credentials, self._project = _impersonated(found), project or ""

    def _failure(self, error: GoogleAuthError) -> CloudError:
        code, tried = type(error).__name__, f"tried {describe_gcp_sources(self._spec)}"
        if isinstance(error, TransportError):
            return Unreachable("signing in got no answer", code=code)
        if isinstance(error, DefaultCredentialsError):
            return NoAccess(f"no Google Cloud credentials: {_first_line(error)}; {tried}", code=code)
        if isinstance(error, RefreshError) and error.retryable:
            return Retriable(f"signing in failed for now: {_first_line(error)}", code=code)
        return NoAccess(f"signing in failed: {_first_line(error)}; {tried}", code=code)


def _fulfil(future: Future[T], work: Callable[[], T]) -> None:
    future.set_running_or_notify_cancel()  # from now on nobody who gives up can cancel it
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for the future
        future.set_exception(error)


class _TokenRequest(Request):
    """HTTP for tokens and nothing else: google-auth would also look a project up, by an API that no scan declares."""

    def __call__(self, url: str, *arguments: Any, **more: Any) -> Any:  # noqa: ANN401 - google-auth's
        if (urlsplit(url).hostname or "").startswith("cloudresourcemanager."):
            return _NotAsked()
        more["timeout"] = HTTP_SECONDS
        return super().__call__(url, *arguments, **more)  # type: ignore[no-untyped-call]  # it tells no types


class _NotAsked(NamedTuple):
    """The answer to what was not asked."""

    status: int = 403
    data: bytes = b"{}"


class _Given(Credentials):
    """The demo's token: made up, known to the demo cloud only."""

    def __init__(self, token: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # google-auth tells no types
        self.token = token
        self.service_account_email = DEMO_GCP_PRINCIPAL

    def refresh(self, request: object) -> None:
        """It does not end."""


def _impersonated(source: Any) -> Any:  # noqa: ANN401 - google-auth's credentials
    """The credentials of the account that a variable names, by those that were found; else these."""
    target = next((os.environ[name] for name in IMPERSONATION if os.environ.get(name)), None)
    if target is None:
        return source
    base = os.environ.get(IAM_ENDPOINT, "").rstrip("/")
    where = f"{base}/v1/projects/-/serviceAccounts/{target}:generateAccessToken" if base else None
    return impersonated_credentials.Credentials(
        source, target_principal=target, target_scopes=list(SCOPES), iam_endpoint_override=where
    )


def _first_line(error: Exception) -> str:
    """What a person needs of it: google-auth's texts may go on with the whole answer."""
    told = error.args[0] if error.args else error
    return " ".join(str(told).splitlines()[:1])[:300]
