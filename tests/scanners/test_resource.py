"""The resource model: facts by path and type, prices by parts, series, exceptions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.aws.call import Call
from scanners.aws.ebs import Volume
from scanners.aws.scanner import AwsScanner
from scanners.core.errors import BadUnitError, MissingFactError
from scanners.core.outcome import plain
from scanners.core.prices import Money, price_of, total
from scanners.core.resource import Place, Resource, declared, fact, priced, resilience
from scanners.core.series import Window, counter, gauge, level, percentile
from schemas.errors import ForbiddenOperationError

ASOF = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
WINDOW = Window(ASOF - timedelta(hours=10), ASOF)


def place(region: str = "us-east-1") -> Place:
    return Place("aws", "aws", "123456789012", region, ASOF)


class Thing(Resource):
    """One of everything."""

    id: str = fact("Id")
    count: int = fact("Count")
    share: float = fact("Share")
    on: bool = fact("On")
    at: datetime = fact("At")
    names: list[str] = fact("Parts[].Name")
    note: str | None = fact("Note")
    labels: dict[str, str] = fact("Labels[].[Key, Value]")

    @resilience
    def doubled(self) -> bool:
        """There are two of it."""
        return self.count > 1


FULL: dict[str, Any] = {
    "Id": "a",
    "Count": 3,
    "Share": 0.5,
    "On": True,
    "At": datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))),
    "Parts": [{"Name": "z"}, {"Name": "b"}],
    "Note": "n",
    "Labels": [{"Key": "k", "Value": "v"}],
}


def test_facts_are_found_typed_and_put_in_order() -> None:
    thing = Thing(place(), FULL)
    assert (thing.id, thing.count, thing.share, thing.on, thing.note) == ("a", 3, 0.5, True, "n")
    assert thing.names == ["b", "z"]
    assert thing.labels == {"k": "v"}
    assert plain(thing.at) == "2026-01-01T00:00:00Z"


def test_a_moment_may_come_as_a_text_with_its_zone() -> None:
    thing = Thing(place(), {**FULL, "At": "2026-01-01T02:00:00+02:00"})
    assert thing.at == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Count", None),
        ("Count", "3"),
        ("Count", 3.5),
        ("On", "true"),
        ("Id", 5),
        ("At", "2026-01-01"),
        ("Parts", None),
        ("Parts", [{"Name": 1}]),
    ],
)
def test_null_and_other_types_are_not_told(field: str, value: object) -> None:
    thing = Thing(place(), {**FULL, field: value})
    name = {"Parts": "names"}.get(field, field.lower())
    with pytest.raises(MissingFactError) as told:
        getattr(thing, name)
    assert told.value.name == name
    assert not thing.has(name)


def test_null_is_a_fact_where_the_type_allows_it() -> None:
    thing = Thing(place(), {"Id": "a"})
    assert thing.note is None
    assert thing.has("note")
    assert not thing.has("count")


def test_resilience_is_derived_and_untold_where_a_fact_is_missing() -> None:
    assert Thing(place(), FULL).doubled is True
    assert Thing(place(), {**FULL, "Count": 1}).doubled is False
    with pytest.raises(MissingFactError, match="count"):
        _ = Thing(place(), {"Id": "a"}).doubled
    assert [(one.name, one.description) for one in declared(Thing).resilience] == [("doubled", "There are two of it")]


def test_age_counts_from_asof() -> None:
    volume = Volume(place(), {"CreateTime": ASOF - timedelta(days=3)})
    assert volume.age == timedelta(days=3)


@pytest.mark.parametrize(
    ("answer", "region", "cost"),
    [
        ({"VolumeType": "gp3", "Size": 100, "Iops": 3000, "Throughput": 125}, "us-east-1", "8.00"),
        ({"VolumeType": "gp3", "Size": 200, "Iops": 6000, "Throughput": 250}, "us-east-1", "36.00"),
        ({"VolumeType": "gp3", "Size": 33}, "eu-west-1", "2.90"),
        ({"VolumeType": "gp3", "Size": 33, "Iops": 3001}, "eu-west-1", None),
        ({"VolumeType": "io1", "Size": 100, "Iops": 1000}, "us-east-1", "77.50"),
        ({"VolumeType": "io2", "Size": 100, "Iops": 32001}, "us-east-1", None),
        ({"VolumeType": "io2", "Size": 100}, "us-east-1", None),
        ({"VolumeType": "st1", "Size": 500}, "us-east-1", "22.50"),
        ({"VolumeType": "st1", "Size": 500}, "eu-west-1", None),
        ({"Size": 500}, "eu-west-1", None),
        ({"VolumeType": "gp3"}, "eu-west-1", None),
    ],
)
def test_the_cost_of_a_volume(answer: dict[str, Any], region: str, cost: str | None) -> None:
    money = Volume(place(region), answer).monthly_cost
    assert (str(money) if money else None) == cost


def test_a_cost_names_each_price_and_the_oldest_date() -> None:
    money = Volume(place(), {"VolumeType": "gp3", "Size": 200, "Iops": 6000, "Throughput": 250}).monthly_cost
    assert money
    assert money.key == "ebs:us-east-1:gp3; ebs.iops:us-east-1:gp3; ebs.throughput:us-east-1:gp3"
    assert (money.source_date, money.currency) == ("2024-09-30", "USD")


class Priceless(Resource):
    """Something that the price list has by the hour."""

    id: str = fact("Id")
    hours: Money | None = priced("eip:{region}:idle")


def test_hourly_prices_count_730_hours() -> None:
    assert str(Priceless(place(), {"Id": "x"}).hours) == "3.65"
    assert Priceless(place("mars-1"), {"Id": "x"}).hours is None


def test_an_unknown_price_is_none() -> None:
    assert price_of("ebs:mars-1:gp3") is None


@pytest.mark.parametrize(("amount", "text"), [("2.904", "2.90"), ("0.005", "0.01"), ("0.0049", "0.00"), ("7", "7.00")])
def test_money_rounds_half_up(amount: str, text: str) -> None:
    assert str(Money(Decimal(amount))) == text


def test_totals() -> None:
    assert str(total([])) == "0.00"
    assert total([Money(Decimal(1)), None]) is None
    assert total([Money(Decimal(1)), Money(Decimal(1), "EUR")]) is None
    assert str(total([Money(Decimal("1.10"), key="a"), Money(Decimal("2.20"), key="b")])) == "3.30"


def hours(*values: float) -> dict[datetime, float]:
    return {WINDOW.start + timedelta(hours=n): value for n, value in enumerate(values)}


def test_no_data_is_no_series() -> None:
    assert gauge({}, {}, WINDOW) is None
    assert counter({}, WINDOW) is None
    assert level({}, WINDOW) is None


def test_a_counter_of_zeros_is_a_series() -> None:
    told = counter(hours(0, 0, 0), WINDOW)
    assert told
    assert (told.sum, told.samples, told.enough) == (0.0, 3, False)


@pytest.mark.parametrize(("samples", "enough"), [(7, False), (8, True), (10, True)])
def test_enough_is_four_fifths_of_the_hours(samples: int, enough: bool) -> None:
    told = counter(hours(*[1.0] * samples), WINDOW)
    assert told
    assert told.enough is enough


def test_a_day_of_a_counter_counts_the_hours_with_data() -> None:
    told = counter(hours(2.0, 4.0), WINDOW)
    assert told
    assert told.per_day() == 72.0


@given(st.lists(st.floats(0, 100), min_size=1, max_size=400), st.floats(0.01, 1))
def test_a_percentile_is_a_value_below_which_its_share_lies(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)


def test_a_unit_that_declares_a_write_is_refused() -> None:
    with pytest.raises(ForbiddenOperationError):
        type("Bad", (AwsScanner,), _unit(Call("ec2", "delete_volume", "x")))


def test_a_unit_that_declares_a_call_for_content_is_refused() -> None:
    with pytest.raises(ForbiddenOperationError):
        type("Bad", (AwsScanner,), _unit(Call("s3", "get_object", "x")))


def test_a_unit_without_a_listing_is_refused() -> None:
    body = _unit(Call("ec2", "describe_volumes", "x"))
    del body["listing"]
    with pytest.raises(BadUnitError, match="listing"):
        type("Bad", (AwsScanner,), body)


def test_a_service_has_one_scanner() -> None:
    with pytest.raises(BadUnitError, match="aws/ebs"):
        type("Bad", (AwsScanner,), {**_unit(Call("ec2", "describe_volumes", "x")), "service": "ebs"})


def _unit(call: Call) -> dict[str, Any]:
    return {
        "__module__": __name__,
        "service": "bad",
        "family": "ec2",
        "resource": Thing,
        "resource_type": "AWS::EC2::Bad",
        "listing": call,
        "arn": "arn",
    }
