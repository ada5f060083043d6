"""GetCostAndUsage as Cost Explorer documents it, over the demo's bills."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from demo_cloud import DemoCloud
from demo_cloud.cost_explorer import CostExplorer
from tests.demo_cloud.clients import DATA, NOW, RETAIL, VIRGINIA, client, refused

WEEK = {"Start": "2026-11-09", "End": "2026-11-16"}
SERVICE = {"Type": "DIMENSION", "Key": "SERVICE"}
REGION = {"Type": "DIMENSION", "Key": "REGION"}


def _ask(cloud: DemoCloud, account: str = RETAIL, **asked: Any) -> Any:
    asked = {"TimePeriod": WEEK, "Granularity": "DAILY", "Metrics": ["UnblendedCost"], **asked}
    return client(cloud, "ce", VIRGINIA, account).get_cost_and_usage(**asked)


def _amount(result: Any, metric: str = "UnblendedCost") -> Decimal:
    return sum((Decimal(group["Metrics"][metric]["Amount"]) for group in result["Groups"]), Decimal(0))


def test_days_and_groups_add_up_to_the_total(cloud: DemoCloud) -> None:
    totals = _ask(cloud)["ResultsByTime"]
    grouped = _ask(cloud, GroupBy=[SERVICE, REGION])["ResultsByTime"]
    assert [each["TimePeriod"]["Start"] for each in totals] == [f"2026-11-{day:02d}" for day in range(9, 16)]
    assert [_amount(each) for each in grouped] == [Decimal(each["Total"]["UnblendedCost"]["Amount"]) for each in totals]
    assert all(each["Estimated"] for each in totals)


def test_the_batch_that_does_not_end_is_seen_in_its_account_only(cloud: DemoCloud) -> None:
    fargate = {"Dimensions": {"Key": "USAGE_TYPE", "Values": ["Fargate-vCPU-Hours:perCPU"]}}
    seen = [Decimal(each["Total"]["UnblendedCost"]["Amount"]) for each in
            _ask(cloud, DATA, Filter=fargate)["ResultsByTime"]]  # fmt: skip
    assert [amount > 60 for amount in seen] == [False, False, False, True, True, True, False]
    assert _ask(cloud, RETAIL, Filter=fargate)["ResultsByTime"] == []


def test_amortized_and_unblended_differ_by_the_savings_plan(cloud: DemoCloud) -> None:
    result = _ask(
        cloud, Metrics=["UnblendedCost", "AmortizedCost"], TimePeriod={"Start": "2026-11-09", "End": "2026-11-10"}
    )
    told = {name: Decimal(value["Amount"]) for name, value in result["ResultsByTime"][0]["Total"].items()}
    # of the plan half is invoiced by the day, and all of it is an effective cost
    plan = _ask(
        cloud,
        Filter={"Dimensions": {"Key": "RECORD_TYPE", "Values": ["SavingsPlanRecurringFee"]}},
        TimePeriod={"Start": "2026-11-09", "End": "2026-11-10"},
    )
    fee = Decimal(plan["ResultsByTime"][0]["Total"]["UnblendedCost"]["Amount"])
    assert told["AmortizedCost"] - told["UnblendedCost"] == fee


def test_a_closed_month_is_no_estimate(cloud: DemoCloud) -> None:
    told = _ask(cloud, TimePeriod={"Start": "2026-10-01", "End": "2026-11-21"}, Granularity="MONTHLY")
    assert [each["Estimated"] for each in told["ResultsByTime"]] == [False, True]


def test_an_answer_is_cut_into_pages_and_none_is_lost() -> None:
    asked = {"TimePeriod": WEEK, "Granularity": "DAILY", "Metrics": ["UnblendedCost"], "GroupBy": [SERVICE]}
    small, large = CostExplorer(NOW, page_size=10), CostExplorer(NOW)
    pages = [small.answer(RETAIL, asked)]
    while token := pages[-1].get("NextPageToken"):
        pages.append(small.answer(RETAIL, {**asked, "NextPageToken": token}))
    cut = [group for page in pages for result in page["ResultsByTime"] for group in result["Groups"]]
    whole = [group for result in large.answer(RETAIL, asked)["ResultsByTime"] for group in result["Groups"]]
    assert len(pages) > 3
    assert cut == whole


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"GroupBy": [SERVICE, REGION, {"Type": "TAG", "Key": "team"}]}, "ValidationException"),
        ({"Granularity": "HOURLY"}, "ValidationException"),
        ({"TimePeriod": {"Start": "2024-01-01", "End": "2024-02-01"}}, "ValidationException"),
        ({"TimePeriod": {"Start": "2026-11-09", "End": "2026-11-09"}}, "ValidationException"),
        ({"TimePeriod": {"Start": "2026-12-09", "End": "2026-12-10"}}, "DataUnavailableException"),
        ({"Metrics": ["Cost"]}, "ValidationException"),
        ({"NextPageToken": "abc"}, "InvalidNextTokenException"),
    ],
)
def test_what_cost_explorer_refuses(cloud: DemoCloud, asked: dict[str, Any], code: str) -> None:
    asked = {"TimePeriod": WEEK, "Granularity": "DAILY", "Metrics": ["UnblendedCost"], **asked}
    told, status, _ = refused(client(cloud, "ce", VIRGINIA).get_cost_and_usage, **asked)
    assert (told, status) == (code, 400)
