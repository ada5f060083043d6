"""What botocore's errors mean: classified once, by what to do next."""

from __future__ import annotations

import re
from typing import Any, Final

from schemas.errors import CloudError, Denied, Fatal, NoAccess, Retriable, Throttled, Unreachable, Unsupported

DENIED: Final = frozenset({
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess", "AuthorizationError",
    "NotAuthorized", "Forbidden", "AllAccessDisabled", "403",
})  # fmt: skip
THROTTLED: Final = frozenset({
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
    "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
    "PriorRequestNotComplete", "TransactionInProgressException", "EC2ThrottledException", "429",
    "ProvisionedThroughputExceededException",
})  # fmt: skip
PASSING: Final = frozenset({
    "InternalError", "InternalFailure", "InternalServerError", "InternalServiceError", "ServiceUnavailable",
    "Unavailable", "ServiceUnavailableException", "RequestTimeout", "RequestTimeoutException",
    "500", "502", "503", "504",
})  # fmt: skip
UNSUPPORTED: Final = frozenset({
    "OptInRequired", "SubscriptionRequiredException", "UnsupportedOperation", "UnsupportedOperationException",
    "InvalidAction", "UnknownOperationException", "NotImplemented", "404", "501",
})  # fmt: skip
UNKNOWN_CALLER: Final = frozenset({"AuthFailure", "UnrecognizedClientException", "InvalidClientTokenId", "401"})
"""Bad credentials; but where they are known to be good: a region that is not enabled."""
EXPIRED: Final = frozenset({
    "ExpiredToken", "ExpiredTokenException", "SignatureDoesNotMatch", "InvalidAccessKeyId",
    "RequestExpired", "IncompleteSignature", "InvalidToken", "MissingAuthenticationToken", "TokenRefreshRequired",
})  # fmt: skip
BY_ORGANIZATION: Final = ("explicit deny in a service control policy", "explicit deny in a resource control policy")
ENCODED: Final = "Encoded authorization failure message"
FIRST_LINE: Final = 300
_BROKEN: Final = re.compile(r"\b50[0234] [A-Z]")
"""In a page of HTML: a server or a proxy that failed, which says nothing of the service."""


def statement_for(*actions: str) -> dict[str, Any]:
    """The IAM policy statement that allows these actions."""
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}


def classify(
    error: Exception, *, service: str, operation: str, region: str, action: str, principal: str, proven: bool
) -> CloudError:
    """The error as one of our leaves. ``proven``: the credentials have worked before in this scan."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    where = {"service": service, "operation": operation, "region": region}
    if isinstance(error, ClientError):
        return _answered(error, where, action=action, principal=principal, proven=proven)
    if isinstance(error, ResponseParserError):  # HTML: the endpoint does not know this service or operation
        leaf = Retriable if _BROKEN.search(str(error)) else Unsupported
        return leaf(_line(str(error)), **where, code="ResponseParserError")
    if isinstance(error, BotoCoreError):
        return _unanswered(error)(_line(str(error)), **where, code=type(error).__name__)
    raise error


def _answered(
    error: Any,  # noqa: ANN401 - botocore has no types
    where: dict[str, str],
    *,
    action: str,
    principal: str,
    proven: bool,
) -> CloudError:
    told = error.response.get("Error", {})
    code, message = str(told.get("Code", "")), _line(str(told.get("Message", "")) or str(error))
    if error.operation_name.startswith("AssumeRole") and where["operation"] != error.operation_name:
        return NoAccess(message, **where, code=code)
    if code in DENIED:
        by_organization = any(words in message for words in BY_ORGANIZATION)
        return Denied(
            message,
            action=action,
            principal=principal,
            by_organization=by_organization,
            statement=None if by_organization else statement_for(action),
            **where,
            code=code,
        )
    return _by_code(code, proven=proven)(message, **where, code=code)


def _by_code(code: str, *, proven: bool) -> type[CloudError]:
    if code in THROTTLED:
        return Throttled
    if code in PASSING:
        return Retriable
    if code in UNSUPPORTED or (proven and code in UNKNOWN_CALLER):
        return Unsupported
    return NoAccess if code in EXPIRED or code in UNKNOWN_CALLER else Fatal


def _unanswered(error: Exception) -> type[CloudError]:
    from botocore import exceptions as e

    no_access = (
        e.NoCredentialsError, e.PartialCredentialsError, e.CredentialRetrievalError, e.ProfileNotFound, e.SSOError,
        e.TokenRetrievalError, e.InvalidConfigError, e.ConfigNotFound, e.MetadataRetrievalError, e.LoginError,
        e.RefreshWithMFAUnsupportedError,
    )  # fmt: skip
    if isinstance(error, no_access):
        return NoAccess
    if isinstance(error, e.ConnectionClosedError):
        return Retriable
    if isinstance(error, (e.HTTPClientError, e.ConnectionError)):
        return Unreachable
    if isinstance(error, (e.UnknownServiceError, e.NoRegionError, e.EndpointProviderError)):
        return Unsupported
    return Fatal


def _line(message: str) -> str:
    """The first words of a message, on one line. What EC2 encodes anew each time, and no one reads, is left out."""
    return " ".join(message.partition(ENCODED)[0].split())[:FIRST_LINE]
