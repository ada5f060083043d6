"""Families of event types: what belongs to them, and the schema that their events share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from finops.ingest.telling import daily_event
from schemas.catalogue import is_declared, load_catalogue
from schemas.cost import IngestionStatus, daily_type, is_daily_cost, slug
from schemas.event import encode, schema_of
from schemas.families import DAILY_COST
from schemas.json_schemas import event_schema
from stores.ingestions import Ingestion

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
INGESTION = Ingestion(
    id="0a1b",
    client_id="acme",
    source="focus",
    provider="aws",
    billing_account_id="999999999999",
    billing_period="2026-10",
    status=IngestionStatus.RUNNING,
    accounts=("111111111111",),
    raw=("ff",),
    rows_read=1,
    rows_kept=1,
    first_day=date(2026, 10, 1),
    last_day=date(2026, 10, 1),
    totals={},
    asof=NOW,
)
ROW: dict[str, Any] = {
    "day": date(2026, 10, 1),
    "account_id": "111111111111",
    "account_name": None,
    "service_name": "Amazon Elastic Compute Cloud",
    "service_category": "Compute",
    "region": "",
    "operation": "",
    "charge_category": "Usage",
    "tags": '{"team":"web"}',
    "currency": "USD",
    "billed": Decimal("1.500000000000000000"),
    "effective": Decimal("-0.000000000000000001"),
    "list": Decimal("100.000000000000000000"),
    "contracted": Decimal("0.000000000000000000"),
    "quantity": None,
    "quantity_unit": None,
    "is_final": False,
}


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("AmazonEC2", "amazonec2"),
        ("Virtual Machines", "virtual-machines"),
        ("Cloud SQL (v2)", "cloud-sql-v2"),
        ("—", "other"),
    ],
)
def test_a_service_of_a_bill_becomes_a_part_of_the_type(name: str, part: str) -> None:
    assert slug(name) == part
    assert is_daily_cost(daily_type("aws", name))


def test_types_of_no_list_are_declared_by_their_family() -> None:
    assert load_catalogue().families == (DAILY_COST,)
    assert is_declared("aws.cost.amazonec2.daily")
    assert is_declared("oracle.cost.block-storage.daily")
    assert not is_declared("aws.cost.amazonec2.weekly")
    assert not is_daily_cost("aws.cost.ebs.monthly_cost")


@pytest.mark.parametrize(
    ("beginning", "fits"), [("aws.cost.", True), ("gcp.cost.bigquery.", True), ("aws.waste.", False)]
)
def test_the_beginning_of_a_family_is_known(beginning: str, fits: bool) -> None:
    assert DAILY_COST.begins_with(beginning) is fits


def test_the_event_of_a_daily_cost_is_valid_by_the_schema_that_it_names() -> None:
    event = daily_event(INGESTION, ROW)
    told = msgspec.json.decode(encode(event))
    assert event.dataschema == schema_of("cost.daily")
    assert [error.message for error in Draft202012Validator(event_schema("cost.daily")).iter_errors(told)] == []
    assert event_schema(event.type) == event_schema("cost.daily")
    assert told["data"]["value"] == "-0.000000000000000001"
    assert (told["data"]["cost"]["billed"], told["data"]["cost"]["list"]) == ("1.5", "100")
    assert told["data"]["cost"]["contracted"] == "0"


def test_another_key_another_day_or_another_ingestion_is_another_event() -> None:
    rows = [ROW, {**ROW, "operation": "Run"}, {**ROW, "day": date(2026, 10, 2)}, {**ROW, "tags": "{}"}]
    ids = {daily_event(INGESTION, row).id for row in rows}
    ids.add(daily_event(msgspec.structs.replace(INGESTION, id="ffff"), ROW).id)
    assert len(ids) == 5
    assert daily_event(INGESTION, {**ROW, "effective": Decimal(7)}).id in ids
