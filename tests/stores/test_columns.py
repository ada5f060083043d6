from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.columns import amount, from_micros, to_micros

UNTIL = datetime(2200, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone


@given(st.datetimes(max_value=UNTIL, timezones=st.just(UTC)), st.datetimes(max_value=UNTIL, timezones=st.just(UTC)))
def test_times_come_back_exactly_and_in_order(one: datetime, other: datetime) -> None:
    assert from_micros(to_micros(one)) == one
    assert from_micros(to_micros(one)).tzinfo is UTC
    assert (to_micros(one) < to_micros(other)) is (one < other)


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    paris = datetime(2026, 11, 21, 5, tzinfo=timezone(timedelta(hours=1)))
    assert from_micros(to_micros(paris)) == datetime(2026, 11, 21, 4, tzinfo=UTC)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(TypeError):
        to_micros(datetime(2026, 11, 21))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    ("millionths", "written"),
    [
        (8_800_000, "8.80"),
        (0, "0.00"),
        (1, "0.000001"),
        (8_125_000, "8.125"),
        (100_000_000, "100.00"),
        (-500_000, "-0.50"),
    ],
)
def test_amounts_have_at_least_their_cents(millionths: int, written: str) -> None:
    assert str(amount(millionths)) == written
    assert amount(millionths) == Decimal(written)
