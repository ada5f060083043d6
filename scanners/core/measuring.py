"""What to measure of which resource over which window, and what becomes of the values: the same for every provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from scanners.core.errors import MissingFactError
from scanners.core.resource import Metric, Resource
from scanners.core.series import Series, Window, counter, gauge, level

DAY: Final = 86400
Values = dict[datetime, float]


@dataclass(frozen=True, slots=True)
class Query:
    """One statistic of one metric of one resource."""

    item: Resource
    metric: Metric
    statistic: str
    window: Window

    @property
    def key(self) -> tuple[int, str, str]:
        """What tells it from every other query of the same resources."""
        return (id(self.item), self.metric.name, self.statistic)


@dataclass
class Found:
    """The values that came, by query. A query without an entry was not answered; an empty entry means: no data."""

    values: dict[tuple[int, str, str], Values] = field(default_factory=dict)

    def put(self, query: Query, values: Mapping[datetime, float]) -> None:
        """The answer of a query, in the metric's unit; what lies outside its window is left out."""
        window, scale = query.window, query.metric.scale
        self.values[query.key] = {at: value * scale for at, value in values.items() if window.start <= at < window.end}

    def assign(self, asked: Sequence[Query]) -> None:
        """Set the series of the resources; where a statistic was not answered, the field stays unset."""
        for query in asked:
            told = [self.values.get((id(query.item), query.metric.name, one)) for one in query.metric.queries]
            if all(values is not None for values in told):
                known = [values for values in told if values is not None]
                query.item.__dict__[query.metric.name] = _series(known, query)


def window_of(metric: Metric, asof: datetime, lookback_days: int) -> Window:
    """The window that ends at the last whole hour of ``asof``; a daily metric starts at midnight."""
    end = asof.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    start = end.replace(hour=0) if metric.period == DAY else end
    return Window(start - timedelta(days=metric.days or lookback_days), end, metric.period)


def queries(items: Sequence[Resource], metrics: Sequence[Metric], lookback_days: int) -> list[Query]:
    """The queries for these resources, the statistics of one metric side by side."""
    return [
        Query(item, metric, statistic, window_of(metric, item.asof, lookback_days))
        for item in items
        for metric in metrics
        if metric.when is None or holds(item, metric.when)
        for statistic in metric.queries
    ]


def holds(item: Resource, name: str) -> bool:
    """Whether a property says yes; no where it lacks a fact."""
    try:
        return bool(getattr(item, name))
    except MissingFactError:
        return False


def _series(told: list[Values], query: Query) -> Series | None:
    match query.metric.kind:
        case "gauge":
            return gauge(told[0], told[1], query.window)
        case "level":
            return level(told[0], query.window)
        case "counter":
            return counter(told[0], query.window)
