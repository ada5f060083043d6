"""Errors of ingestions."""

from __future__ import annotations

from schemas.errors import SentinelError


class NotReconciledError(SentinelError):
    """What arrived is not what the source adds up to: nothing of it counts."""
