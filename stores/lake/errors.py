"""Errors of the lake."""

from __future__ import annotations

from schemas.errors import SentinelError


class LakeError(SentinelError):
    """The lake, or a place that bills come from, cannot be reached, read or written: one clear line."""


class ChangedMeanwhileError(LakeError):
    """Somebody else wrote the object between our look and our write: nothing was changed."""
