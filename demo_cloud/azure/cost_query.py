"""Cost Management's query, computed from the lines of the demo's own bills: columns, rows, pages, and its throttling.

As Azure: at most two aggregations and two groupings, days within one year, the end of a period belongs to it, a page
goes on by POST to ``nextLink``. A subscription answers in the currency that it is billed in.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from demo_cloud.azure.names import LAB
from demo_cloud.azure.refusal import Refusal
from demo_cloud.bills.azure import azure_charges
from demo_cloud.bills.azure_export import euros_of
from demo_cloud.bills.charge import MARK, Charge
from demo_cloud.bills.season import month_of

MOST: Final = 2
YEAR: Final = timedelta(days=366)
TYPES: Final = ("ActualCost", "AmortizedCost", "Usage")
PREFIX: Final = "x-ms-ratelimit-microsoft.costmanagement-"
DIMENSIONS: Final[dict[str, Callable[[Charge], str]]] = {
    "SubscriptionId": lambda line: line.meter.account,
    "ServiceName": lambda line: line.meter.service,
    "MeterCategory": lambda line: line.meter.service,
    "Meter": lambda line: line.meter.usage_type,
    "ResourceLocation": lambda line: line.meter.region,
    "ResourceGroupName": lambda _: "web",
    "ResourceId": lambda line: line.meter.resource.lower(),
    "ChargeType": lambda line: line.line_type,
}
MEASURES: Final[dict[str, Callable[[Charge], Decimal]]] = {
    "Cost": lambda line: euros_of(line) if line.meter.account == LAB else line.billed,
    "PreTaxCost": lambda line: euros_of(line) if line.meter.account == LAB else line.billed,
    "CostUSD": lambda line: line.billed,
    "UsageQuantity": lambda line: line.quantity,
}
Key = Callable[[Charge], str]


@dataclass
class Units:
    """The query processing units of a tenant: so many in ten seconds, one for each month of data."""

    in_ten_seconds: int = 12
    clock: Callable[[], float] = time.monotonic
    _began: float = field(default=float("-inf"), init=False)
    _used: int = field(default=0, init=False)

    def take(self, units: int) -> dict[str, str]:
        """The headers of the answer. Raises ``Refusal`` when too few are left."""
        now = self.clock()
        if now - self._began >= 10:  # noqa: PLR2004 - seconds of the window
            self._began, self._used = now, 0
        if self._used and self._used + units > self.in_ten_seconds:
            after = str(max(1, round(self._began + 10 - now)))
            # the two waits differ: whoever takes the shorter one is refused again
            headers = {
                f"{PREFIX}qpu-retry-after": after,
                f"{PREFIX}entity-retry-after": "1",
                f"{PREFIX}qpu-remaining": "0",
            }
            raise Refusal(429, "429", "Too many requests. Please retry.", headers)
        self._used += units
        left = max(0, self.in_ten_seconds - self._used)
        return {f"{PREFIX}qpu-consumed": str(units), f"{PREFIX}qpu-remaining": str(left)}


@dataclass
class CostQuery:
    """The answers at one moment; the bills are made when the first is asked for."""

    now: datetime
    page_size: int = 1000
    units: Units = field(default_factory=Units)

    @cached_property
    def _lines(self) -> list[Charge]:
        return azure_charges(self.now)

    def answer(self, subscription: str, body: Mapping[str, Any], url: str, token: str | None) -> tuple[Any, Any]:
        """Body and headers of one page. Raises ``Refusal``."""
        if body.get("type") not in TYPES:
            raise _invalid(f"Invalid query definition: type must be one of {', '.join(TYPES)}")
        start, end = self._period(body)
        headers = self.units.take((end.year - start.year) * 12 + end.month - start.month + 1)
        dataset = body.get("dataset", {})
        measures = _measures(dataset.get("aggregation") or {})
        keys = _groupings(dataset.get("grouping") or [])
        wanted, moment = _filter(dataset.get("filter")), _moment(str(dataset.get("granularity", "None")))
        lines = [
            line
            for line in self._lines
            if line.meter.account == subscription and start <= line.start <= end and wanted(line)
        ]
        rows = _rows(lines, moment, keys, measures, "EUR" if subscription == LAB else "USD")
        return self._page(rows, [*_columns(measures, moment, keys)], subscription, url, token), headers

    def _period(self, body: Mapping[str, Any]) -> tuple[date, date]:
        if body.get("timeframe") == "MonthToDate":
            return month_of(self.now.date()), self.now.date()
        if body.get("timeframe") != "Custom" or "timePeriod" not in body:
            raise _invalid("Invalid query definition: timeframe Custom needs a timePeriod")
        start, end = (datetime.fromisoformat(str(body["timePeriod"][name])).date() for name in ("from", "to"))
        if end < start or end - start >= YEAR:
            raise _invalid("The time period for pulling the data cannot exceed 1 year(s)")
        return start, end

    def _page(
        self, rows: list[list[Any]], columns: list[dict[str, str]], subscription: str, url: str, token: str | None
    ) -> dict[str, Any]:
        first = _offset(token)
        end = first + self.page_size
        following = f"{url}&$skiptoken={base64.urlsafe_b64encode(f'rows:{end}'.encode()).decode()}"
        name = "0de00000-0000-4000-8000-0000000000c0"
        return {
            "id": f"subscriptions/{subscription}/providers/Microsoft.CostManagement/query/{name}",
            "name": name,
            "type": "Microsoft.CostManagement/query",
            "location": None,
            "sku": None,
            "eTag": None,
            "properties": {
                "nextLink": following if end < len(rows) else None,
                "columns": columns,
                "rows": rows[first:end],
            },
        }


@dataclass(frozen=True)
class Moment:
    """The column of time that a granularity adds, and what it holds."""

    name: str
    kind: str
    value: Callable[[date], object]


def _moment(granularity: str) -> Moment | None:
    match granularity:
        case "Daily":
            return Moment("UsageDate", "Number", lambda day: int(f"{day:%Y%m%d}"))
        case "Monthly":
            return Moment("BillingMonth", "Datetime", lambda day: f"{month_of(day)}T00:00:00")
        case "None":
            return None
    raise _invalid("Invalid query definition: granularity must be Daily, Monthly or None")


def _columns(
    measures: Mapping[str, Key | Callable[[Charge], Decimal]], moment: Moment | None, keys: Mapping[str, Key]
) -> Iterable[dict[str, str]]:
    yield from ({"name": name, "type": "Number"} for name in measures)
    if moment:
        yield {"name": moment.name, "type": moment.kind}
    yield from ({"name": name, "type": "String"} for name in keys)
    yield {"name": "Currency", "type": "String"}


def _rows(
    lines: Iterable[Charge],
    moment: Moment | None,
    keys: Mapping[str, Key],
    measures: Mapping[str, Callable[[Charge], Decimal]],
    currency: str,
) -> list[list[Any]]:
    sums: dict[tuple[Any, ...], list[Decimal]] = {}
    for line in lines:
        group = (*([moment.value(line.start)] if moment else []), *(key(line) for key in keys.values()))
        held = sums.setdefault(group, [Decimal(0)] * len(measures))
        for number, measure in enumerate(measures.values()):
            held[number] += measure(line)
    return [[*map(float, sums[group]), *group, currency] for group in sorted(sums)]


def _measures(given: Mapping[str, Any]) -> dict[str, Callable[[Charge], Decimal]]:
    names = [str(each.get("name")) for each in given.values()]
    if not 0 < len(names) <= MOST or any(name not in MEASURES for name in names):
        raise _invalid(f"Invalid query definition: one or two aggregations of {', '.join(MEASURES)}")
    return {name: MEASURES[name] for name in names}


def _groupings(given: Iterable[Mapping[str, str]]) -> dict[str, Key]:
    named = {each.get("name", ""): _key(each.get("type", ""), each.get("name", "")) for each in given}
    if len(named) > MOST:
        raise _invalid("Invalid query definition: Query can have up to 2 group by clauses")
    return named


def _key(kind: str, name: str) -> Key:
    if kind in {"Tag", "TagKey"}:
        return lambda line: ({**line.meter.tags, **MARK}).get(name, "")
    if kind != "Dimension" or name not in DIMENSIONS:
        raise _invalid(f"Invalid query definition: dimension {name!r}, supported: {', '.join(DIMENSIONS)}")
    return DIMENSIONS[name]


def _filter(given: Mapping[str, Any] | None) -> Callable[[Charge], bool]:
    if not given:
        return lambda _: True
    ((word, body),) = given.items()
    match word.lower():
        case "and" | "or":
            parts = [_filter(each) for each in body]
            decide = all if word.lower() == "and" else any
            return lambda line: decide(part(line) for part in parts)
        case "dimensions" | "tags":
            key = _key("Dimension" if word.lower() == "dimensions" else "Tag", body["name"])
            values = set(body["values"])
            return lambda line: key(line) in values
    raise _invalid(f"Invalid query definition: filter {word!r}")


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("rows:"))
    except ValueError:
        raise _invalid("The skip token is not valid.") from None


def _invalid(text: str) -> Refusal:
    return Refusal(400, "BadRequest", text)
