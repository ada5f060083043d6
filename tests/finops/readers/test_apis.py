"""Costs asked for by API, over sockets and the real SDKs: the fakes compute their answers from the demo's bills."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from connections import connect
from demo_cloud.azure.certificate import write_certificates
from demo_cloud.azure.cost_query import CostQuery, Units
from demo_cloud.azure.graph import Quota
from demo_cloud.azure.layer import AzureLayer
from demo_cloud.azure.names import LAB
from demo_cloud.azure.scenario import build_azure_world
from demo_cloud.bills.aws_bill import aws_charges
from demo_cloud.bills.azure import azure_charges
from demo_cloud.bills.azure_export import euros_of
from demo_cloud.cost_explorer import CostExplorer
from demo_cloud.names import PLATFORM
from demo_cloud.serving import QuietHandler
from finops.ingest.apis import ask
from finops.ingest.order import Order
from finops.ingest.run import ingest
from finops.readers import aws_ce_pages, azure_query_pages
from finops.readers.aws_ce import AwsCostExplorer
from finops.readers.aws_ce_pages import CostExplorerPages
from finops.readers.azure_query import AzureQuery
from finops.readers.azure_query_pages import AzureQueryPages, longest_wait
from finops.readers.files import Part
from finops.readers.pages import Days, Pages
from schemas.errors import Denied, InvalidInputError
from schemas.event import CATEGORIES
from schemas.policy import aws_policy, azure_role
from schemas.scan import Connection, ScanSpec
from schemas.settings import Settings
from tests.finops.ingest.given import desk_in
from tests.finops.readers.bills import Taken, take
from tests.support.cost_explorer import Aws, serving

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
TWO_MONTHS = Days.asked(date(2026, 10, 9), None, NOW)
FEW_DAYS = Days(date(2026, 10, 31), date(2026, 11, 3))


def _spec(provider: Any, **demo: str) -> ScanSpec:
    return ScanSpec(
        scan_id="costs-1",
        client_id="acme",
        provider=provider,
        connection=Connection(mode="demo" if demo else "ambient", **demo),
        services=(),
        regions=None,
        categories=CATEGORIES,
        resource_ids=None,
        lookback_days=1,
        asof=NOW,
    )


def _parts(pages: Pages, folder: Path) -> list[Part]:
    for key, content in pages.files.items():
        (folder / key).write_bytes(content)
    return [Part(key, folder / key) for key in pages.files]


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with serving(CostExplorer(NOW, page_size=40)) as served:
        yield served


@pytest.fixture(scope="module")
def clients(aws: Aws) -> Iterator[Any]:
    made = connect(_spec("aws"), operations=aws_ce_pages.OPERATIONS, settings=Settings())
    yield made
    asyncio.run(made.close())


@dataclass
class Asked:
    """What a fetch brought, and what became of it."""

    pages: Pages
    taken: Taken


@pytest.fixture(scope="module")
def explored(clients: Any, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    pages = CostExplorerPages(clients, NOW).fetch(FEW_DAYS)
    return Asked(pages, take(AwsCostExplorer(), *_parts(pages, tmp_path_factory.mktemp("ce"))))


def test_days_are_whole_months_and_end_yesterday() -> None:
    assert (TWO_MONTHS.first, TWO_MONTHS.end) == (date(2026, 10, 1), date(2026, 11, 21))
    assert list(TWO_MONTHS.months()) == [
        (date(2026, 10, 1), date(2026, 11, 1)),
        (date(2026, 11, 1), date(2026, 11, 21)),
    ]
    assert Days.asked(None, None, NOW) == TWO_MONTHS
    assert Days.asked(date(2026, 9, 3), date(2026, 9, 9), NOW) == Days(date(2026, 9, 1), date(2026, 10, 1))
    with pytest.raises(InvalidInputError, match="the last day that has ended is 2026-11-20"):
        Days.asked(date(2026, 12, 1), None, NOW)


def test_cost_explorer_reconciles_with_the_bill_by_account_and_month(explored: Asked) -> None:
    lines = [line for line in aws_charges(NOW) if FEW_DAYS.first <= line.start < FEW_DAYS.end]
    expected: dict[tuple[str, str], list[Decimal]] = {}
    for line in lines:
        held = expected.setdefault((line.meter.account, f"{line.start:%Y-%m}"), [Decimal(0), Decimal(0)])
        held[0] += line.billed
        held[1] += line.effective
    told: dict[tuple[str, str], list[Decimal]] = {}
    for row in explored.taken.lines:
        held = told.setdefault((row["SubAccountId"], f"{row['BillingPeriodStart']:%Y-%m}"), [Decimal(0), Decimal(0)])
        held[0] += row["BilledCost"]
        held[1] += row["EffectiveCost"]
    assert told == expected
    assert len(told) >= 4
    assert explored.taken.rejected == []


def test_what_is_estimated_is_not_final_and_kinds_keep_their_category(explored: Asked) -> None:
    final = {f"{line['BillingPeriodStart']:%m}": line["x_is_final"] for line in explored.taken.lines}
    assert final == {"10": True, "11": False}
    kinds = {line["x_charge_type"]: line["ChargeCategory"] for line in explored.taken.lines}
    assert kinds["Usage"] == "Usage"
    assert kinds["Tax"] == "Tax"
    assert kinds["SavingsPlanRecurringFee"] == "Purchase"
    assert {line["BillingAccountId"] for line in explored.taken.lines} == {PLATFORM}
    assert "eu-west-1" in {line["RegionId"] for line in explored.taken.lines}


def test_each_call_of_cost_explorer_is_counted_and_priced(explored: Asked) -> None:
    accounts = {line["SubAccountId"] for line in explored.taken.lines}
    assert explored.pages.calls > 2 + 2 * len(accounts)
    assert explored.pages.price == explored.pages.calls * Decimal("0.01")


def test_more_calls_than_were_allowed_are_not_made(clients: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"more than 2 calls \(0.02 USD\) would be needed"):
        CostExplorerPages(clients, NOW, most_calls=2).fetch(TWO_MONTHS)


def test_the_same_question_gives_the_same_files(clients: Any) -> None:
    days = Days(date(2026, 11, 1), date(2026, 11, 3))
    assert CostExplorerPages(clients, NOW).fetch(days).files == CostExplorerPages(clients, NOW).fetch(days).files


def test_who_is_too_fast_asks_again_later(aws: Aws, clients: Any) -> None:
    aws.refusals = [(400, '{"__type": "LimitExceededException", "message": "slower"}')] * 4
    waited: list[float] = []
    CostExplorerPages(clients, NOW, pause=waited.append).fetch(Days(date(2026, 11, 1), date(2026, 11, 2)))
    assert waited == [2.0, 4.0, 8.0, 16.0][: len(waited)] != []


def test_a_denied_call_names_the_action(aws: Aws, clients: Any) -> None:
    aws.refusals = [(400, '{"__type": "AccessDeniedException", "message": "User: x is not authorized"}')]
    with pytest.raises(Denied) as denied:
        CostExplorerPages(clients, NOW).fetch(TWO_MONTHS)
    assert denied.value.action == "ce:GetCostAndUsage"


@pytest.mark.parametrize(
    ("kind", "category", "correction"),
    [
        ("DiscountedUsage", "Usage", None),
        ("SavingsPlanNegation", "Usage", None),
        ("Enterprise Discount Program Discount", "Usage", None),
        ("Recurring reservation fee", "Purchase", None),
        ("Upfront reservation fee", "Purchase", None),
        ("Support fee", "Purchase", None),
        ("Credit", "Credit", None),
        ("Refund", "Adjustment", "Correction"),
        ("Other out-of-cycle charges", "Adjustment", None),
    ],
)
def test_record_types_of_cost_explorer(tmp_path: Path, kind: str, category: str, correction: str | None) -> None:
    metrics = {
        name: {"Amount": amount, "Unit": "USD"}
        for name, amount in (("UnblendedCost", "-1.0000000001"), ("AmortizedCost", "0"), ("UsageQuantity", "0"))
    }
    day = {"TimePeriod": {"Start": "2026-11-03", "End": "2026-11-04"}, "Estimated": True}
    result = {**day, "Groups": [{"Keys": [kind, "AWS Lambda"], "Metrics": metrics}]}
    pages = Pages(NOW)
    account = {"account": "1", "linked_account": "2", "grouping": "RECORD_TYPE,SERVICE"}
    pages.keep("p", {**account, "response": {"ResultsByTime": [result]}})
    line = take(AwsCostExplorer(), *_parts(pages, tmp_path)).lines[0]
    assert (line["ChargeCategory"], line["ChargeClass"]) == (category, correction)
    assert (line["BilledCost"], line["ServiceCategory"]) == (Decimal("-1.0000000001"), "Compute")


@pytest.fixture
async def queried(tmp_path: Path) -> AsyncIterator[tuple[Asked, list[float]]]:
    """A month of the laboratory, asked for through a tenant that refuses what comes too fast."""
    ca, chain = write_certificates(tmp_path)
    layer = AzureLayer(build_azure_world(NOW), page_size=9, quota=Quota(1000))
    clock, waited = [0.0], list[float]()
    layer._costs = CostQuery(NOW, page_size=20)
    layer._costs.units = Units(in_ten_seconds=2, clock=lambda: clock[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    server = make_server("127.0.0.1", 0, layer, threaded=True, request_handler=QuietHandler, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    settings = Settings(azure_endpoint=f"https://127.0.0.1:{server.port}", azure_ca=str(ca))
    clients = connect(_spec("azure", account=LAB), operations=azure_query_pages.OPERATIONS, settings=settings)

    async def pause(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds

    pages = await AzureQueryPages(clients, LAB, NOW, pause).fetch(Days(date(2026, 11, 1), date(2026, 11, 21)))
    yield Asked(pages, take(AzureQuery(), *_parts(pages, tmp_path))), waited
    await clients.close()
    server.shutdown()
    thread.join()
    server.server_close()


async def test_the_azure_query_reconciles_and_waits_as_long_as_it_is_told(queried: tuple[Asked, list[float]]) -> None:
    asked, waited = queried
    lines = [
        line
        for line in azure_charges(NOW)
        if line.meter.account == LAB and date(2026, 11, 1) <= line.start < date(2026, 11, 21)
    ]
    expected = sum((euros_of(line) for line in lines), Decimal(0))
    assert abs(asked.taken.total("BilledCost") - expected) < Decimal("0.000001")
    assert abs(asked.taken.total("EffectiveCost") - expected) < Decimal("0.000001")
    assert {line["BillingCurrency"] for line in asked.taken.lines} == {"EUR"}
    assert sum(row["billed"] for row in asked.taken.control) == asked.taken.total("BilledCost")
    assert asked.taken.rejected == []
    # the shortest of the two headers says one second, and whoever listens to it is refused again
    assert waited != []
    assert min(waited) > 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"Retry-After": "7"}, 7.0),
        (
            {
                "x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after": "10",
                "x-ms-ratelimit-microsoft.costmanagement-entity-retry-after": "60",
                "x-ms-ratelimit-microsoft.costmanagement-qpu-remaining": "900",
                "Retry-After": "1",
            },
            60.0,
        ),
    ],
)
def test_the_longest_wait_of_all_headers(headers: dict[str, str], seconds: float) -> None:
    assert longest_wait(headers) == seconds


def test_no_digit_of_an_azure_answer_is_lost(tmp_path: Path) -> None:
    names = ("Cost", "UsageDate", "ServiceName", "ResourceLocation", "Currency")
    columns = ",".join(f'{{"name":"{name}"}}' for name in names)
    rows = '[[0.123456789012345678,20261103,"Storage","EU West","EUR"]]'
    told = f'{{"properties":{{"columns":[{columns}],"rows":{rows}}}}}'
    pages = Pages(NOW)
    response = json.loads(told, parse_float=str, parse_int=str)
    pages.keep("p", {"subscription": "s", "view": "ActualCost", "charge_type": "Usage", "response": response})
    line = take(AzureQuery(), *_parts(pages, tmp_path)).lines[0]
    assert (line["BilledCost"], line["RegionId"]) == (Decimal("0.123456789012345678"), "euwest")


def test_the_policies_have_a_part_for_costs() -> None:
    [statement] = aws_policy(aws_ce_pages.OPERATIONS)["Statement"]
    assert statement["Action"] == ["ce:GetCostAndUsage"]
    assert azure_role(azure_query_pages.OPERATIONS)["Actions"] == ["Microsoft.CostManagement/query/read"]


async def test_pages_are_ingested_as_files_are_and_twice_changes_nothing(clients: Any, tmp_path: Path) -> None:
    async with desk_in(tmp_path) as desk:
        pages = await ask("aws-ce", clients, None, date(2026, 11, 1), None, datetime(2026, 11, 3, tzinfo=UTC))
        [first] = await ingest(Order(reader=AwsCostExplorer(), source=pages), desk)
        [again] = await ingest(Order(reader=AwsCostExplorer(), source=pages), desk)
    assert [str(balance.difference) for balance in first.balances] == ["0.00"]
    assert first.rows_set_aside == 0
    assert [month.outcome for month in first.months] == ["new"]
    assert [month.outcome for month in again.months] == ["unchanged"]
