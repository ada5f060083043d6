"""Errors of the API."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.errors import InvalidInputError, SentinelError


class InvalidRequestError(SentinelError):
    """A request with one or more fields that are wrong; all of them are told at once."""

    def __init__(self, errors: Sequence[InvalidInputError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(str(error) for error in errors))


class NotFoundError(SentinelError):
    """There is no such thing for this client."""

    def __init__(self, kind: str, name: str, *, hint: str = "") -> None:
        super().__init__(f'there is no {kind} "{name}"' + (f"; {hint}" if hint else ""))


class ConflictError(SentinelError):
    """The request cannot be, as things are now; the message says why, and what can be done."""


class NotReadyError(SentinelError):
    """Something that the API stands on is missing."""

    def __init__(self, dependency: str, reason: str) -> None:
        super().__init__(f"{dependency}: {reason}")


class ForbiddenError(SentinelError):
    """Whoever asks is known, and may not do this."""

    def __init__(self, scope: str, role: str) -> None:
        super().__init__(f'this needs the scope "{scope}", which {role} does not have here')


class NotInstalledError(SentinelError):
    """What was asked for needs an extra that is not installed here."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} need the extra [{extra}]: pip install 'cloud-sentinel[{extra}]'")
