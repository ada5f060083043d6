"""What the errors of Google Cloud's APIs mean: classified once, by what to do next."""

from __future__ import annotations

from typing import Any, Final

from schemas.errors import (
    CloudError,
    Denied,
    Fatal,
    NoAccess,
    Retriable,
    Throttled,
    Unreachable,
    Unsupported,
)
from schemas.gcp_operations import gcp_permissions

NOT_ENABLED: Final = frozenset({"SERVICE_DISABLED", "BILLING_DISABLED", "API_DISABLED"})
"""Reasons (``google.rpc.ErrorInfo``) of a refusal that no grant would open: the project does not use the service."""
BY_ORGANIZATION: Final = frozenset(
    {
        "ORG_RESTRICTION_VIOLATION",
        "SECURITY_POLICY_VIOLATED",
        "LOCATION_ORG_POLICY_VIOLATED",
        "RESOURCE_USAGE_RESTRICTION_VIOLATED",
    }
)
"""Reasons of a refusal by a policy of the organization or by a VPC Service Controls perimeter."""
UNCONNECTED: Final = ("failed to connect", "Name resolution", "DNS resolution", "Connection refused")
KINDS: Final[dict[str, type[CloudError]]] = {
    "RESOURCE_EXHAUSTED": Throttled,
    "UNAVAILABLE": Retriable,
    "DEADLINE_EXCEEDED": Retriable,
    "ABORTED": Retriable,
    "INTERNAL": Retriable,
    "CANCELLED": Retriable,
    "UNKNOWN": Retriable,
    "UNAUTHENTICATED": NoAccess,
    "UNIMPLEMENTED": Unsupported,
    "NOT_FOUND": Unsupported,
}
FIRST_LINE: Final = 300


def classify(
    error: Any,  # noqa: ANN401 - google-api-core has no types
    *,
    service: str,
    operation: str,
    region: str,
    principal: str,
) -> CloudError:
    """The error as one of our leaves. ``error`` is a ``GoogleAPICallError``."""
    where = {"service": service, "operation": operation, "region": region}
    status = error.grpc_status_code.name if error.grpc_status_code else "UNKNOWN"
    code, message = error.reason or status, _line(error.message)
    if status == "PERMISSION_DENIED" and code not in NOT_ENABLED:
        by_organization = code in BY_ORGANIZATION
        permission = gcp_permissions(service, operation)[0]
        return Denied(
            message,
            action=permission,
            principal=principal,
            by_organization=by_organization,
            statement=None if by_organization else {"includedPermissions": [permission]},
            **where,
            code=code,
        )
    if status == "RESOURCE_EXHAUSTED":
        return Throttled(message, after_seconds=_retry_delay(error), **where, code=code)
    return _kind(status, code, message)(message, **where, code=code)


def _kind(status: str, code: str, message: str) -> type[CloudError]:
    if code in NOT_ENABLED:
        return Unsupported
    if status == "UNAVAILABLE" and any(words in message for words in UNCONNECTED):
        return Unreachable
    return KINDS.get(status, Fatal)


def _retry_delay(error: Any) -> float:  # noqa: ANN401
    """What ``google.rpc.RetryInfo`` says to wait, in seconds; 0 where it says nothing."""
    told = [one.retry_delay for one in error.details if hasattr(one, "retry_delay")]
    return float(told[0].seconds + told[0].nanos / 1e9) if told else 0.0


def _line(message: str) -> str:
    """The first words of a message, on one line."""
    return " ".join(message.split())[:FIRST_LINE]
