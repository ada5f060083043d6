"""Cost Explorer's GetCostAndUsage, computed from the lines of the demo's own bills.

An account sees itself, the platform account sees all. As AWS: at most two groupings, hours are not switched on, the
current month is estimated, days before the thirteen months are refused, and answers come in pages.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from demo_cloud.answer import Refusal
from demo_cloud.bills.aws_bill import aws_charges
from demo_cloud.bills.charge import MARK, Charge
from demo_cloud.bills.cur import ACTIVATED, PRODUCTS
from demo_cloud.bills.season import first_day, month_of, next_month
from demo_cloud.names import PLATFORM

MOST_GROUPINGS: Final = 2
OTHER: Final = "EC2 - Other"
COMPUTE: Final = "Amazon Elastic Compute Cloud - Compute"
METRICS: Final[dict[str, Callable[[Charge], Decimal]]] = {
    "UnblendedCost": lambda line: line.billed,
    "NetUnblendedCost": lambda line: line.billed,
    "BlendedCost": lambda line: line.billed,
    "AmortizedCost": lambda line: line.effective,
    "NetAmortizedCost": lambda line: line.effective,
    "UsageQuantity": lambda line: line.quantity,
}


def service_of(line: Charge) -> str:
    """What Cost Explorer calls the service: EC2 is told in two."""
    if line.meter.service == "AmazonEC2" and line.line_type not in {"Tax", "Credit", "Refund"}:
        return COMPUTE if "BoxUsage" in line.meter.usage_type else OTHER
    return PRODUCTS[line.meter.service]


DIMENSIONS: Final[dict[str, Callable[[Charge], str]]] = {
    "SERVICE": service_of,
    "LINKED_ACCOUNT": lambda line: line.meter.account,
    "REGION": lambda line: line.meter.region or "NoRegion",
    "USAGE_TYPE": lambda line: line.meter.usage_type or "NoUsageType",
    "OPERATION": lambda line: line.meter.operation or "NoOperation",
    "RECORD_TYPE": lambda line: line.line_type,
    "INSTANCE_TYPE": lambda line: line.meter.kind if line.meter.family.endswith("Instance") else "NoInstanceType",
}
GROUPABLE: Final = ", ".join(sorted(DIMENSIONS))


Measure = Callable[[Charge], Decimal]


@dataclass
class Row:
    """One group of one period; ``keys`` None: the total of a period that was not grouped."""

    start: date
    end: date
    keys: tuple[str, ...] | None
    sums: dict[str, Decimal]


@dataclass
class CostExplorer:
    """The answers at one moment; the bills are made when the first is asked for."""

    now: datetime
    page_size: int = 1000

    @cached_property
    def _lines(self) -> list[Charge]:
        return aws_charges(self.now)

    def answer(self, account: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """One page. Raises ``Refusal``."""
        start, end = self._period(params["TimePeriod"])
        step = _step(str(params["Granularity"]))
        groupings = [_grouping(each) for each in params.get("GroupBy") or ()]
        if len(groupings) > MOST_GROUPINGS:
            raise _invalid("GroupBy supports at most 2 groups")
        measures = _measures(params.get("Metrics") or ())
        wanted = _filter(params.get("Filter"))
        lines = [
            line
            for line in self._lines
            if start <= line.start < end and account in {PLATFORM, line.meter.account} and wanted(line)
        ]
        rows = _rows(lines, start, end, step, groupings, measures)
        return self._page(rows, params, measures)

    def _period(self, given: Mapping[str, str]) -> tuple[date, date]:
        try:
            start, end = (date.fromisoformat(given[name]) for name in ("Start", "End"))
        except ValueError:
            raise _invalid("time period should have a format of yyyy-MM-dd") from None
        if start >= end:
            raise _invalid("Start date (and hour) should be before end date (and hour)")
        if start < first_day(self.now):
            raise _invalid("You haven't enabled historical data beyond 14 months")
        if start > self.now.date():
            raise Refusal(400, "DataUnavailableException", "Data is not available for the period", "json")
        return start, min(end, self.now.date())

    def _page(self, rows: list[Row], params: Mapping[str, Any], measures: Mapping[str, Measure]) -> dict[str, Any]:
        first = _offset(params.get("NextPageToken"))
        told: dict[tuple[date, date], list[Row]] = {}
        for row in rows[first : first + self.page_size]:
            told.setdefault((row.start, row.end), []).append(row)
        grouped = list(params.get("GroupBy") or ())
        body: dict[str, Any] = {
            "GroupDefinitions": grouped,
            "ResultsByTime": [self._result(*period, found, measures) for period, found in told.items()],
            "DimensionValueAttributes": [],
        }
        if first + self.page_size < len(rows):
            body["NextPageToken"] = base64.b64encode(f"rows:{first + self.page_size}".encode()).decode()
        return body

    def _result(self, start: date, end: date, rows: Iterable[Row], measures: Mapping[str, Measure]) -> dict[str, Any]:
        found = [row for row in rows if row.keys is not None]
        total = next((row for row in rows if row.keys is None), None)
        return {
            "TimePeriod": {"Start": start.isoformat(), "End": end.isoformat()},
            "Total": _amounts(total, measures) if total else {},
            "Groups": [{"Keys": list(row.keys or ()), "Metrics": _amounts(row, measures)} for row in found],
            "Estimated": start >= month_of(self.now.date()),
        }


def _rows(
    lines: Iterable[Charge],
    start: date,
    end: date,
    step: Callable[[date], date],
    groupings: list[Callable[[Charge], str]],
    measures: Mapping[str, Measure],
) -> list[Row]:
    periods: dict[date, dict[tuple[str, ...], Row]] = {}
    day_of: dict[date, date] = {}
    ends: dict[date, date] = {}
    opened = start
    while opened < end:
        closed = min(step(opened), end)
        periods[opened], ends[opened] = {}, closed
        day = opened
        while day < closed:
            day_of[day], day = opened, day + timedelta(days=1)
        opened = closed
    for line in lines:
        period = day_of[line.start]
        keys = tuple(key(line) for key in groupings)
        row = periods[period].setdefault(keys, Row(period, ends[period], keys if groupings else None, {}))
        for name, measure in measures.items():
            row.sums[name] = row.sums.get(name, Decimal(0)) + measure(line)
    return [held[keys] for held in periods.values() for keys in sorted(held)]


def _amounts(row: Row, measures: Mapping[str, Measure]) -> dict[str, Any]:
    """UsageQuantity adds up what has no common unit: AWS calls it N/A."""
    return {
        name: {"Amount": f"{row.sums[name]:f}", "Unit": "N/A" if name == "UsageQuantity" else "USD"}
        for name in measures
    }


def _step(granularity: str) -> Callable[[date], date]:
    if granularity == "DAILY":
        return lambda day: day + timedelta(days=1)
    if granularity == "MONTHLY":
        return lambda day: next_month(month_of(day))
    raise _invalid("Hourly data is not enabled for this account")


def _measures(names: Iterable[str]) -> dict[str, Measure]:
    known = {name: METRICS[name] for name in names if name in METRICS}
    if len(known) != len(list(names)) or not known:
        raise _invalid(f"Metrics is invalid, valid values are: {', '.join(METRICS)}")
    return known


def _grouping(given: Mapping[str, str]) -> Callable[[Charge], str]:
    kind, key = given.get("Type", ""), given.get("Key", "")
    if kind == "TAG":
        return lambda line: f"{key}${_tag(line, key)}"
    if kind != "DIMENSION" or key not in DIMENSIONS:
        raise _invalid(f"Group Definition dimension is invalid: {key}, valid values are: {GROUPABLE}")
    return DIMENSIONS[key]


def _tag(line: Charge, key: str) -> str:
    return ({**line.meter.tags, **MARK}).get(key, "") if key in ACTIVATED else ""


def _filter(given: Mapping[str, Any] | None) -> Callable[[Charge], bool]:
    """An expression as Cost Explorer nests them."""
    if not given:
        return lambda _: True
    (word, body), *more = given.items()
    if more:
        raise _invalid("Expression has more than one root")
    match word:
        case "And" | "Or":
            parts = [_filter(each) for each in body]
            decide = all if word == "And" else any
            return lambda line: decide(part(line) for part in parts)
        case "Not":
            part = _filter(body)
            return lambda line: not part(line)
        case "Dimensions":
            return _among(_grouping({"Type": "DIMENSION", "Key": body["Key"]}), body)
        case "Tags":
            key = body["Key"]
            return _among(lambda line: _tag(line, key), body)
    raise _invalid(f"Expression is not supported: {word}")


def _among(value: Callable[[Charge], str], body: Mapping[str, Any]) -> Callable[[Charge], bool]:
    values = set(body["Values"])
    return lambda line: value(line) in values


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.b64decode(token).decode().removeprefix("rows:"))
    except ValueError:
        raise Refusal(400, "InvalidNextTokenException", "The next page token is not valid", "json") from None


def _invalid(text: str) -> Refusal:
    return Refusal(400, "ValidationException", text, "json")
