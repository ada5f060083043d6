"""The states of a client's AWS accounts, Azure subscriptions and Google Cloud projects."""

from __future__ import annotations

from enum import StrEnum


class AccountStatus(StrEnum):
    """``closed``: its cloud says that it is no more; found by discovery."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
