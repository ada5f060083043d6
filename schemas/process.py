"""What a process tells of itself with each sign of life."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

BEAT_SECONDS: Final = 10.0
"""Between two signs of life."""
SILENT_SECONDS: Final = 35.0
"""A process that was not seen for so long counts as dead: three signs were missed."""


class ProcessReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """How it is doing."""

    lag: Mapping[str, int] = {}
    """By group: messages between its position and the end, of the partitions that this process reads."""
    running: int | None = None
    """Tasks that a worker runs now, and how many it may."""
    slots: int | None = None
    failures: int = 0
    """How often one of its roles ended with an error since it started."""
    missing: Mapping[str, str] = {}
    """By dependency: why it does not answer."""
