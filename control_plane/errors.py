"""Errors of the API."""

from __future__ import annotations

import math
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


class UnauthorizedError(SentinelError):
    """Nobody knows who asks. One text for all reasons: none tells what would have been right."""

    def __init__(self) -> None:
        super().__init__(
            "sign in: an API key or an access token in the header `Authorization: Bearer …`; "
            "what was sent, if anything, is unknown, over or revoked"
        )


class ForbiddenError(SentinelError):
    """Whoever asks is known, and may not do this."""


class NotInstalledError(SentinelError):
    """What was asked for needs an extra that is not installed here."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} need the extra [{extra}]: pip install 'cloud-sentinel[{extra}]'")


class InvalidGrantError(SentinelError):
    """Signing in failed. One text for all reasons: none tells whether there is such a user."""

    def __init__(self) -> None:
        super().__init__("the user, the password or the token is wrong, over or revoked")


class TooManyRequestsError(SentinelError):
    """Not now."""

    def __init__(self, what: str, retry_after_seconds: float) -> None:
        self.retry_after_seconds = max(1, math.ceil(retry_after_seconds))
        super().__init__(f"too many {what}; try again in {self.retry_after_seconds} s")
