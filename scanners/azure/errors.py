"""What Azure's errors mean: classified once, by what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from scanners.azure.call import Call
from schemas.errors import CloudError, Denied, Fatal, NoAccess, Retriable, Throttled, Unreachable, Unsupported

DENIED: Final = frozenset({
    "AuthorizationFailed", "LinkedAuthorizationFailed", "AccessDenied", "Forbidden", "AuthorizationPermissionMismatch",
})  # fmt: skip
BY_ORGANIZATION: Final = frozenset({"RequestDisallowedByPolicy", "DenyAssignmentAuthorizationFailed"})
UNSUPPORTED: Final = frozenset({
    "MissingSubscriptionRegistration", "SubscriptionNotRegistered", "InvalidResourceType", "InvalidResourceNamespace",
    "NoRegisteredProviderFound", "LocationNotAvailableForResourceType", "NotFound", "ResourceNotFound",
})  # fmt: skip
NO_ACCESS: Final = frozenset({
    "SubscriptionNotFound", "InvalidAuthenticationToken", "InvalidAuthenticationTokenTenant", "AuthenticationFailed",
    "ExpiredAuthenticationToken", "NoValidSubscriptionsInQueryRequest",
})  # fmt: skip
PASSING: Final = frozenset({408, 409, 500, 502, 503, 504})
_ACTION: Final = re.compile(r"perform action '([^']+)'")
FIRST_LINE: Final = 300
REFUSED: Final = "AADSTS"
"""How Entra's refusals begin; what the SDK says before is which of its credentials it has tried."""
FORBIDDEN, NOT_FOUND, TOO_MANY, UNAUTHORIZED = 403, 404, 429, 401


def statement_for(*actions: str) -> dict[str, Any]:
    """What has to stand in the custom role to allow these actions."""
    return {"actions": sorted(actions)}


def classify(error: Exception, call: Call, *, region: str, principal: str) -> CloudError:
    """The error as one of our leaves."""
    from azure.core import exceptions as e

    where = {"service": call.service, "operation": call.operation, "region": region}
    response = getattr(error, "response", None)
    if isinstance(error, e.HttpResponseError) and response is not None and not _of_sign_in(error):
        return _answered(error, response, call, where, principal=principal)
    kind: type[CloudError] = Fatal
    if isinstance(error, e.ClientAuthenticationError):
        kind = NoAccess
    elif isinstance(error, e.ServiceRequestError | e.ServiceResponseError):
        kind = Retriable if _was_connected(error) else Unreachable
    text = str(error)
    return kind(_line(text[max(0, text.find(REFUSED)) :]), **where, code=type(error).__name__)


def _was_connected(error: Any) -> bool:  # noqa: ANN401 - azure-core's error
    """Whether somebody was there, and let go before the answer."""
    from aiohttp import ClientConnectorError, ClientOSError, ClientPayloadError, ServerDisconnectedError

    cause = error.inner_exception
    if isinstance(cause, ClientConnectorError):
        return False
    return isinstance(cause, ServerDisconnectedError | ClientOSError | ClientPayloadError)


def _of_sign_in(error: Exception) -> bool:
    """What azure-identity raises carries the answer of the authority, not that of the call."""
    from azure.core.exceptions import ClientAuthenticationError

    return isinstance(error, ClientAuthenticationError)


def _answered(error: Any, response: Any, call: Call, where: dict[str, str], *, principal: str) -> CloudError:  # noqa: ANN401
    status = int(response.status_code)
    code, message = _told(error, response)
    if status == TOO_MANY:
        return Throttled(message, after_seconds=wait_of(response.headers), **where, code=code)
    if code in DENIED or code in BY_ORGANIZATION or (status == FORBIDDEN and code not in NO_ACCESS | UNSUPPORTED):
        actions = call.request.actions
        found = _ACTION.search(message)
        action = found[1] if found else (actions[-1] if actions else call.name)
        by_organization = code in BY_ORGANIZATION
        return Denied(
            message,
            action=action,
            principal=principal,
            by_organization=by_organization,
            statement=None if by_organization else statement_for(action),
            **where,
            code=code,
        )
    return _by_code(code, status)(message, **where, code=code)


def _by_code(code: str, status: int) -> type[CloudError]:
    if code in NO_ACCESS or status == UNAUTHORIZED:
        return NoAccess
    if code in UNSUPPORTED or status == NOT_FOUND:
        return Unsupported
    return Retriable if status in PASSING else Fatal


def _told(error: Any, response: Any) -> tuple[str, str]:  # noqa: ANN401 - azure-core's error and answer
    """Code and message of the body, which is ``{"error": {"code": …, "message": …}}`` in all of ARM."""
    told = getattr(error, "error", None)
    code = str(getattr(told, "code", "") or response.status_code)
    return code, _line(str(getattr(told, "message", "") or response.reason or error))


def wait_of(headers: Mapping[str, str]) -> float:
    """How long the cloud says to wait: ``Retry-After`` in seconds, or the quota's ``hh:mm:ss``."""
    after = headers.get("Retry-After", "")
    return float(after) if after.isdigit() else seconds_of(headers.get("x-ms-user-quota-resets-after", ""))


def seconds_of(span: str) -> float:
    """``00:00:05`` in seconds; 0 where it is not of that form."""
    parts = span.split(":")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):  # noqa: PLR2004 - hours, minutes, seconds
        return 0.0
    hours, minutes, seconds = map(int, parts)
    return float(hours * 3600 + minutes * 60 + seconds)


def _line(message: str) -> str:
    """The first words of a message, on one line."""
    return " ".join(message.split())[:FIRST_LINE]
