"""CloudWatch series in batches: at most 500 queries and 100,800 points a call (the limits of GetMetricData)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from scanners.aws.calls import Calls
from scanners.aws.scanner import GET_METRIC_DATA
from scanners.core.errors import MissingFactError
from scanners.core.resource import Metric, Resource
from scanners.core.series import Series, Window, counter, gauge, level
from schemas.errors import CloudError, Fatal, NoAccess

MAX_QUERIES: Final = 500
MAX_POINTS: Final = 100_800
DAY: Final = 86400
Values = dict[datetime, float]


@dataclass(frozen=True, slots=True)
class Query:
    """One statistic of one metric of one resource."""

    item: Resource
    metric: Metric
    statistic: str
    window: Window


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


def batches(asked: Sequence[Query]) -> Iterator[list[Query]]:
    """Cut by both limits of a call."""
    batch: list[Query] = []
    points = 0
    for query in asked:
        if batch and (len(batch) == MAX_QUERIES or points + query.window.periods > MAX_POINTS):
            yield batch
            batch, points = [], 0
        batch.append(query)
        points += query.window.periods
    if batch:
        yield batch


async def measure(calls: Calls, asked: Sequence[Query], dimension: str, region: str) -> list[CloudError]:
    """Set the series of the resources. What could not be read stays unset; the errors say why."""
    found: dict[tuple[int, str, str], Values] = {}
    every = [_read(calls, batch, dimension, region, found) for batch in batches(asked)]
    ended = await asyncio.gather(*every)
    for query in asked:
        _assign(query, found)
    return [error for error in ended if error is not None]


async def _read(
    calls: Calls, batch: list[Query], dimension: str, region: str, found: dict[tuple[int, str, str], Values]
) -> CloudError | None:
    values: list[Values] = [{} for _ in batch]
    failed: dict[int, str] = {}
    request: dict[str, object] = {
        "MetricDataQueries": [_query(i, query, dimension) for i, query in enumerate(batch)],
        "StartTime": min(query.window.start for query in batch),
        "EndTime": max(query.window.end for query in batch),
        "ScanBy": "TimestampAscending",
    }
    try:
        while True:
            answer = await calls(GET_METRIC_DATA, region=region, **request)
            _collect(answer, batch, values, failed)
            following = answer.get("NextToken")
            if not following:
                break
            if following == request.get("NextToken"):
                raise _fatal("the same page token twice", region)
            request["NextToken"] = following
    except NoAccess:
        raise
    except CloudError as error:
        return error
    for i, query in enumerate(batch):
        if i not in failed:
            found[_key(query)] = values[i]
    if not failed:
        return None
    codes = " and ".join(sorted(set(failed.values())))
    return _fatal(f"{len(failed)} of {len(batch)} queries came to {codes}", region)


def _fatal(message: str, region: str) -> Fatal:
    call = GET_METRIC_DATA
    return Fatal(message, service=call.service, operation=call.operation, region=region)


def _query(number: int, query: Query, dimension: str) -> dict[str, Any]:
    dimensions = {dimension: query.item.id, **query.metric.dimensions}
    return {
        "Id": f"q{number}",
        "ReturnData": True,
        "MetricStat": {
            "Metric": {
                "Namespace": query.metric.namespace,
                "MetricName": query.metric.metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            },
            "Period": query.metric.period,
            "Stat": query.statistic,
        },
    }


def _collect(answer: Mapping[str, Any], batch: list[Query], values: list[Values], failed: dict[int, str]) -> None:
    for result in answer.get("MetricDataResults", []):
        number = int(result["Id"][1:])
        if result.get("StatusCode") in {"Forbidden", "InternalError"}:
            failed[number] = result["StatusCode"]
        window = batch[number].window
        for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
            when = moment.astimezone(UTC)
            if window.start <= when < window.end:
                values[number][when] = float(value)


def _key(query: Query) -> tuple[int, str, str]:
    return (id(query.item), query.metric.name, query.statistic)


def _assign(query: Query, found: Mapping[tuple[int, str, str], Values]) -> None:
    told = [found.get((id(query.item), query.metric.name, statistic)) for statistic in query.metric.queries]
    if any(values is None for values in told):
        return
    known = [values for values in told if values is not None]
    query.item.__dict__[query.metric.name] = _series(known, query)


def _series(told: list[Values], query: Query) -> Series | None:
    match query.metric.kind:
        case "gauge":
            return gauge(told[0], told[1], query.window)
        case "level":
            return level(told[0], query.window)
        case "counter":
            return counter(told[0], query.window)
