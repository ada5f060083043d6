"""When something is due: a cron expression in a time zone, and an offset that spreads those of the same minute."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from cronsim import CronSim, CronSimError

from schemas.catalogue import nearest
from schemas.errors import InvalidInputError

MAX_JITTER_MINUTES: Final = 720
MAX_CRON_CHARACTERS: Final = 100
CRON_FORM: Final = "minute hour day month weekday, for example `30 2 * * *` or `0 */6 * * MON-FRI`"
_FIELDS: Final = 5


class Timetable(msgspec.Struct, frozen=True):
    """A cron expression of five fields in an IANA time zone.

    When clocks go forward, what is due in the hour that does not exist is due right after it; when they go back, what
    is due in the hour that comes twice is due the first time only. What has a star among its minutes or hours keeps its
    distance instead.
    """

    cron: str
    time_zone: str = "UTC"
    jitter_minutes: int = 0


def check_timetable(timetable: Timetable, now: datetime) -> None:
    """Raises ``InvalidInputError`` for field ``cron`` or ``time_zone``."""
    if timetable.time_zone not in _zones():
        guess = nearest(timetable.time_zone, _zones())
        hint = f'did you mean "{guess}"? ' if guess else ""
        raise InvalidInputError(
            "time_zone", timetable.time_zone, f"{hint}allowed: names of IANA, for example Europe/Paris"
        )
    if len(timetable.cron) > MAX_CRON_CHARACTERS or len(timetable.cron.split()) != _FIELDS:
        raise InvalidInputError("cron", timetable.cron, CRON_FORM)
    try:
        due = next_due(timetable, now)
    except CronSimError as error:
        raise InvalidInputError("cron", timetable.cron, f"{str(error).lower()}; allowed: {CRON_FORM}") from None
    if due is None:
        raise InvalidInputError("cron", timetable.cron, "it is never due; give it a day that exists")


def next_due(timetable: Timetable, after: datetime) -> datetime | None:
    """The first moment after this one at which it is due, in UTC; None: never (within fifty years)."""
    return next(due_times(timetable, after), None)


def due_times(timetable: Timetable, after: datetime) -> Iterator[datetime]:
    """All moments after this one at which it is due, in UTC, each once."""
    last = after
    for due in CronSim(timetable.cron, after.astimezone(ZoneInfo(timetable.time_zone))):
        moment = due.astimezone(UTC)
        if moment > last:
            yield moment
            last = moment


def preview(timetable: Timetable, schedule_id: str, after: datetime, count: int) -> list[datetime]:
    """When the next runs start."""
    late = start_offset(schedule_id, timetable.jitter_minutes)
    return [due + late for due in islice(due_times(timetable, after - late), count)]


def start_offset(schedule_id: str, jitter_minutes: int) -> timedelta:
    """How long after its due time a schedule starts: always the same, and another for each schedule."""
    number = int.from_bytes(hashlib.sha256(schedule_id.encode()).digest()[:8], "big")
    return timedelta(seconds=number % (jitter_minutes * 60 + 1))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
