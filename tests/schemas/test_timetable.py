"""When a schedule is due: time zones, clocks that go forward and back, and the offset of each schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from schemas.errors import InvalidInputError
from schemas.timetable import Timetable, check_timetable, due_times, next_due, preview, start_offset

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def dues(cron: str, zone: str, after: str, count: int) -> list[str]:
    found = islice(due_times(Timetable(cron, zone), at(after)), count)
    return [f"{due:%Y-%m-%d %H:%M}" for due in found]


def test_a_nightly_scan_follows_the_wall_clock_of_its_zone() -> None:
    assert dues("0 2 * * *", "Europe/Paris", "2026-10-23 12:00", 3) == [
        "2026-10-24 00:00",  # summer: two hours ahead
        "2026-10-25 00:00",
        "2026-10-26 01:00",  # winter: one
    ]


def test_what_is_due_in_the_hour_that_does_not_exist_runs_once_right_after_it() -> None:
    """On 2026-03-29 clocks in Paris go from 01:59:59 to 03:00."""
    assert dues("30 2 * * *", "Europe/Paris", "2026-03-28 00:00", 3) == [
        "2026-03-28 01:30",
        "2026-03-29 01:00",
        "2026-03-30 00:30",
    ]


def test_what_is_due_in_the_hour_that_comes_twice_runs_once() -> None:
    """On 2026-10-25 clocks in Paris go from 02:59:59 back to 02:00."""
    assert dues("30 2 * * *", "Europe/Paris", "2026-10-24 12:00", 2) == ["2026-10-25 00:30", "2026-10-26 01:30"]


@pytest.mark.parametrize("after", ["2026-10-25 00:30", "2026-10-25 00:45", "2026-10-25 01:10", "2026-10-25 01:30"])
def test_asked_within_the_hour_that_comes_twice_the_next_is_tomorrow(after: str) -> None:
    assert dues("30 2 * * *", "Europe/Paris", after, 1) == ["2026-10-26 01:30"]


def test_what_is_due_every_hour_stays_an_hour_apart_while_clocks_change() -> None:
    forward = dues("0 * * * *", "Europe/Paris", "2026-03-28 23:30", 4)
    assert forward == ["2026-03-29 00:00", "2026-03-29 01:00", "2026-03-29 02:00", "2026-03-29 03:00"]
    back = dues("0 * * * *", "Europe/Paris", "2026-10-24 22:30", 4)
    assert back == ["2026-10-24 23:00", "2026-10-25 00:00", "2026-10-25 01:00", "2026-10-25 02:00"]


def test_two_due_times_that_fall_on_one_moment_are_one() -> None:
    """02:00 does not exist in New York on 2026-03-08: it would be 03:00, which is due itself."""
    assert dues("0 1-4 * * *", "America/New_York", "2026-03-08 05:30", 4) == [
        "2026-03-08 06:00",
        "2026-03-08 07:00",
        "2026-03-08 08:00",
        "2026-03-09 05:00",
    ]


def test_the_next_one_is_after_the_moment_not_at_it() -> None:
    assert next_due(Timetable("0 4 * * *"), NOW) == at("2026-11-22 04:00")


def test_the_offset_of_a_schedule_is_always_the_same_and_within_its_jitter() -> None:
    offsets = {start_offset(f"schedule-{n}", 30) for n in range(50)}
    assert len(offsets) > 40
    assert all(timedelta(0) <= each <= timedelta(minutes=30) for each in offsets)
    assert start_offset("schedule-1", 30) == start_offset("schedule-1", 30)
    assert start_offset("schedule-1", 0) == timedelta(0)


def test_the_preview_tells_a_start_whose_due_time_is_past_already() -> None:
    late = start_offset("schedule-1", 60)
    assert late > timedelta(minutes=1)
    assert preview(Timetable("0 4 * * *", "UTC", 60), "schedule-1", NOW + timedelta(minutes=1), 2) == [
        NOW + late,
        NOW + timedelta(days=1) + late,
    ]


@pytest.mark.parametrize(
    ("cron", "zone", "field", "said"),
    [
        ("0 2 * *", "UTC", "cron", "minute hour day month weekday"),
        ("0 0 2 * * *", "UTC", "cron", "minute hour day month weekday"),
        ("@daily", "UTC", "cron", "minute hour day month weekday"),
        ("60 2 * * *", "UTC", "cron", "bad minute"),
        ("0 2 30 2 *", "UTC", "cron", "bad day-of-month"),
        ("0 2 * * *", "Europe/Pariss", "time_zone", 'did you mean "Europe/Paris"'),
        ("0 2 * * *", "../etc/passwd", "time_zone", "IANA"),
        ("0 2 * * *", "", "time_zone", "IANA"),
    ],
)
def test_what_cannot_be_is_refused_with_the_field(cron: str, zone: str, field: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        check_timetable(Timetable(cron, zone), NOW)
    assert caught.value.field == field
