"""What is judged of databases in the same way wherever they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Protocol

from scanners.core.outcome import Outcome, ok, wasted
from scanners.core.prices import Money
from scanners.core.series import Series

WINDOW: Final = timedelta(days=14)
"""Of the connections."""


class Stopped(Protocol):
    """A database that stands still."""

    connections: Series | None

    @property
    def age(self) -> timedelta:
        """Time since it was made."""


def long_stopped(db: Stopped, longest: timedelta, saves: Money | None, seen: Mapping[str, object]) -> Outcome:
    """Whether it stood still for longer, by the hours of the window in which it counted no connections."""
    silent = min(WINDOW, db.age) - timedelta(hours=db.connections.samples if db.connections else 0)
    if silent <= longest:
        return ok()
    told = f"{silent.total_seconds() / 86400:.1f}"
    reason = f"stopped for {told} of the last {WINDOW.days} days, its storage is paid"
    return wasted(reason, severity="medium", saves=saves, evidence={"stopped_days": told, **seen})
