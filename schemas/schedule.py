"""A schedule: which accounts are scanned, when, and what of them; and what a run of it came to."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import msgspec

from schemas.catalogue import check_provider, expand_services
from schemas.scan import DEFAULT_LOOKBACK_DAYS
from schemas.selection import AccountSelection
from schemas.timetable import Timetable

NIGHTLY: Final = "nightly"
"""The schedule that a client gets with its first account."""
NIGHTLY_TIMETABLE: Final = Timetable("0 2 * * *", "UTC", 60)
Trigger = Literal["clock", "request"]


class ScanWish(msgspec.Struct, frozen=True):
    """What of each account. None means all; what the provider of an account has not is left out for that account."""

    services: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    lookback_days: int = DEFAULT_LOOKBACK_DAYS

    def services_of(self, provider: str) -> tuple[str, ...]:
        """Those of this provider, groups expanded; empty when none of them is its."""
        if self.services is None:
            return expand_services(provider, None)
        entry = check_provider(provider)
        own = {*entry.groups, *(each.service for each in entry.services)}
        return expand_services(provider, [name for name in self.services if name in own])

    def regions_of(self, provider: str) -> tuple[str, ...] | None:
        """Those of this provider; None: all that are enabled."""
        if self.regions is None:
            return None
        return tuple(sorted(set(self.regions) & set(check_provider(provider).regions)))


class ScheduleSpec(msgspec.Struct, frozen=True):
    """What a person decides about a schedule."""

    name: str
    timetable: Timetable
    selection: AccountSelection
    wish: ScanWish = ScanWish()
    paused: bool = False


class StartedScan(msgspec.Struct, frozen=True):
    """A scan that a run started."""

    scan_id: str
    account_id: str
    provider: str
    native_id: str


class LeftOut(msgspec.Struct, frozen=True):
    """An account that was meant and is not scanned, and why."""

    account_id: str
    reason: str


class Started(msgspec.Struct, frozen=True):
    """What was started together; ``parent_id`` stands on each of the scans."""

    parent_id: str
    scans: tuple[StartedScan, ...]
    left_out: tuple[LeftOut, ...] = ()


class ScheduleRow(msgspec.Struct, frozen=True):
    """A schedule as it is kept. ``due_at`` and ``starts_at`` (with its offset) are None while it is paused."""

    schedule_id: str
    client_id: str
    spec: ScheduleSpec
    due_at: datetime | None
    starts_at: datetime | None
    created_at: datetime
    updated_at: datetime


class RunRow(msgspec.Struct, frozen=True):
    """One run. ``due_at`` is None when somebody asked for it."""

    run_id: str
    schedule_id: str
    client_id: str
    due_at: datetime | None
    started_at: datetime
    started: Started
