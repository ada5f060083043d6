"""Errors by what to do next. Every room raises these leaves; only the top loop of a process catches them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class SentinelError(Exception):
    """Root of all errors that the product raises on purpose."""


class InvalidInputError(SentinelError):
    """A person or a program asked for something that cannot be: exit 2, HTTP 422."""

    def __init__(self, field: str, value: object, allowed: str) -> None:
        self.field, self.value, self.allowed = field, value, allowed
        super().__init__(f"{field}: {allowed}" if value is None else f"{field}: {value!r} is not allowed; {allowed}")


class CloudError(SentinelError):
    """A cloud refused, failed or was not there. The attributes say which call, where and why."""

    def __init__(
        self, message: str, *, service: str = "", operation: str = "", region: str = "", code: str = ""
    ) -> None:
        self.service, self.operation, self.region, self.code = service, operation, region, code
        super().__init__(message)


class Retriable(CloudError):  # noqa: N818 - named by what to do next
    """Throttled, or a passing failure: ask again after a pause."""


class Throttled(Retriable):
    """Too fast: ask again later, and slower. ``after_seconds``: how long the cloud said to wait at least."""

    def __init__(
        self,
        message: str,
        *,
        after_seconds: float = 0.0,
        service: str = "",
        operation: str = "",
        region: str = "",
        code: str = "",
    ) -> None:
        self.after_seconds = after_seconds
        super().__init__(message, service=service, operation=operation, region=region, code=code)


class Denied(CloudError):  # noqa: N818
    """The principal may not make this call.

    ``by_organization`` tells a denial by a policy of the organization from a missing grant, ``statement`` is what has
    to be added to the principal's policy or role: None where no grant would open it.
    """

    def __init__(
        self,
        message: str,
        *,
        action: str = "",
        principal: str = "",
        by_organization: bool = False,
        statement: Mapping[str, Any] | None = None,
        service: str = "",
        operation: str = "",
        region: str = "",
        code: str = "",
    ) -> None:
        self.action, self.principal, self.by_organization = action, principal, by_organization
        self.statement = dict(statement) if statement else None
        super().__init__(message, service=service, operation=operation, region=region, code=code)


class Unsupported(CloudError):  # noqa: N818
    """The service is not in this region, or is not enabled for this account."""


class Unreachable(CloudError):  # noqa: N818
    """No answer at all: a dead endpoint, a name that does not resolve, a connection that is refused."""


class NoAccess(CloudError):  # noqa: N818
    """No usable credentials: nothing of the account can be seen."""


class Fatal(CloudError):  # noqa: N818
    """Anything else that a cloud answered: asking again would not help."""


class ForbiddenOperationError(SentinelError):
    """The read-only guard refused a call before it was signed: undeclared, not read-only, or it returns secrets."""
