"""The bill of the demo's AWS: usage, the savings plan, credits, a refund and taxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from demo_cloud.bills.aws import DAY_HOURS, aws_meters
from demo_cloud.bills.charge import DAY, PLACES, Charge, Meter, charges, month_sums
from demo_cloud.bills.planted import (
    ANOMALIES,
    AWS_TAX,
    CREDITS,
    PLAN_DAYS,
    PLAN_DISCOUNT,
    PLAN_FROM_MONTH,
    PLAN_ID,
    PLAN_INSTANCES,
    PLAN_UNUSED_AN_HOUR,
    REFUND,
)
from demo_cloud.bills.season import days_of, first_day, month_of, next_month
from demo_cloud.names import IRELAND, RETAIL

NOTHING = Decimal(0)
COVERED = "SavingsPlanCoveredUsage"
NAMED_MONTHS = 1
"""The bills name resources in the current month and in so many before it; the option was switched on then."""


def aws_charges(now: datetime) -> list[Charge]:
    """Every line of both accounts."""
    first = first_day(now)
    plan_from = _month(first, PLAN_FROM_MONTH)
    meters = list(_with_plan(aws_meters(now), plan_from))
    lines = list(charges(meters, now, [ANOMALIES["aws"]], named_since(now)))
    lines += _negations(lines)
    lines += _fees(meters, plan_from, now)
    lines += _given_back(first)
    return [*lines, *_taxes(lines)]


def named_since(now: datetime) -> date:
    """The first day whose lines name their resources."""
    month = month_of(now.date())
    for _ in range(NAMED_MONTHS):
        month = month_of(month - timedelta(days=1))
    return month


def _month(first: date, number: int) -> date:
    for _ in range(number):
        first = next_month(first)
    return first


def _with_plan(meters: Iterable[Meter], plan_from: date) -> Iterator[Meter]:
    """The plan covers the oldest instances of the retail account in Ireland that run all the time."""
    covered: list[Meter] = []
    for meter in meters:
        old = meter.begins is not None and meter.begins <= plan_from and meter.ends is None
        here = (meter.account, meter.region, meter.family) == (RETAIL, IRELAND, "Compute Instance")
        if old and here and len(covered) < PLAN_INSTANCES:
            covered.append(meter)
            yield replace(meter, ends=plan_from)
            yield replace(meter, begins=plan_from, line_type=COVERED, discount=PLAN_DISCOUNT)
        else:
            yield meter


def _negations(lines: Iterable[Charge]) -> list[Charge]:
    """What the plan covers is taken off the invoice again, a line for each usage type and day."""
    sums: dict[tuple[str, date], Charge] = {}
    for line in lines:
        if line.line_type != COVERED:
            continue
        key = line.meter.usage_type, line.start
        before = sums[key].billed if key in sums else NOTHING
        meter = replace(line.meter, resource="", tags={})
        text = "SavingsPlanNegation used by AccountId : 111111111111"
        taken = before - line.billed
        sums[key] = Charge(meter, line.start, line.end, NOTHING, NOTHING, taken, NOTHING, "SavingsPlanNegation", text)
    return list(sums.values())


def _fees(meters: Iterable[Meter], plan_from: date, now: datetime) -> Iterator[Charge]:
    """Half of the plan at once, the other half by the day; what is not used is an effective cost of its own."""
    rates = [meter.price * (1 - PLAN_DISCOUNT) for meter in meters if meter.line_type == COVERED]
    commitment = sum(rates, PLAN_UNUSED_AN_HOUR)
    meter = Meter(
        RETAIL, "", "ComputeSavingsPlans", "ComputeSP:1yrPartialUpfront", "", "", NOTHING, NOTHING, resource=PLAN_ID
    )
    a_day = (commitment * DAY_HOURS).quantize(PLACES)
    upfront = (a_day * PLAN_DAYS / 2).quantize(PLACES)
    text = "1 year partial upfront Compute Savings Plan (terms of the demo)"
    yield Charge(
        meter, plan_from, plan_from + DAY, Decimal(1), upfront, upfront, NOTHING, "SavingsPlanUpfrontFee", text
    )
    unused = (PLAN_UNUSED_AN_HOUR * DAY_HOURS).quantize(PLACES)
    fee = (a_day / 2).quantize(PLACES)
    for day in days_of(now):
        if day >= plan_from:
            yield Charge(meter, day, day + DAY, DAY_HOURS, fee, fee, unused, "SavingsPlanRecurringFee", text)


def _given_back(first: date) -> Iterator[Charge]:
    """Credits and a refund."""
    meter = Meter(RETAIL, "", "AmazonEC2", "", "", "", NOTHING, NOTHING)
    rows = [(number, amount, "Credit", "Promotional credit (demo)") for number, amount in CREDITS.items()]
    rows.append((*REFUND, "Refund", "Service level credit for Amazon EC2 (demo)"))
    for number, amount, kind, text in rows:
        month = _month(first, number)
        yield Charge(meter, month, next_month(month), NOTHING, amount, amount, amount, kind, text)


def _taxes(lines: Iterable[Charge]) -> Iterator[Charge]:
    """VAT on what each account was billed in a month; in the current month on what it was billed so far."""
    for (account, month), billed in sorted(month_sums(lines).items()):
        meter = Meter(account, "", "AmazonEC2", "", "", "", NOTHING, NOTHING)
        tax = (billed * AWS_TAX).quantize(Decimal("0.01"))
        yield Charge(
            meter, month, next_month(month), Decimal(1), tax, tax, tax, "Tax", "Tax for product code AmazonEC2"
        )
