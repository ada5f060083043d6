"""CloudWatch series in batches: at most 500 queries and 100,800 points a call (the limits of GetMetricData)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from scanners.aws.calls import AwsCalls
from scanners.aws.scanner import GET_METRIC_DATA
from scanners.core.errors import MissingFactError
from scanners.core.fields import fill
from scanners.core.measuring import Found, Query, Values
from scanners.core.resource import shown
from schemas.errors import CloudError, Fatal, NoAccess

MAX_QUERIES: Final = 500
MAX_POINTS: Final = 100_800
NO_ANSWER: Final = "no answer"


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


async def measure(calls: AwsCalls, asked: Sequence[Query], dimension: str, region: str) -> list[CloudError]:
    """Set the series of the resources. What could not be read stays unset; the errors say why."""
    found = Found()
    asked = [query for query in asked if _address(query, dimension)]
    ended = await asyncio.gather(*(_read(calls, batch, dimension, region, found) for batch in batches(asked)))
    found.assign(asked)
    return [error for error in ended if error is not None]


async def _read(calls: AwsCalls, batch: list[Query], dimension: str, region: str, found: Found) -> CloudError | None:
    values: list[Values] = [{} for _ in batch]
    failed = dict.fromkeys(range(len(batch)), NO_ANSWER)
    request: dict[str, object] = {
        "MetricDataQueries": [_query(i, query, dimension) for i, query in enumerate(batch)],
        "StartTime": min(query.window.start for query in batch),
        "EndTime": max(query.window.end for query in batch),
        "ScanBy": "TimestampAscending",
    }
    try:
        while True:
            answer = await calls(GET_METRIC_DATA, region=region, **request)
            _collect(answer, values, failed)
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
            found.put(query, values[i])
    if not failed:
        return None
    codes = " and ".join(sorted(set(failed.values())))
    return _fatal(f"{len(failed)} of {len(batch)} queries came to {codes}", region)


def _fatal(message: str, region: str) -> Fatal:
    call = GET_METRIC_DATA
    return Fatal(message, service=call.service, operation=call.operation, region=region)


def _address(query: Query, dimension: str) -> tuple[str, dict[str, str]] | None:
    """Namespace and dimensions of the metric; None where the resource lacks a fact that they name."""
    metric, item = query.metric, query.item
    try:
        named = {name: fill(value, item) for name, value in metric.dimensions.items()}
        return fill(metric.namespace, item), {dimension: item.id, **named} if dimension else named
    except MissingFactError:
        return None


def _query(number: int, query: Query, dimension: str) -> dict[str, Any]:
    namespace, dimensions = _address(query, dimension) or ("", {})
    return {
        "Id": f"q{number}",
        "ReturnData": True,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": query.metric.metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            },
            "Period": query.metric.period,
            "Stat": query.statistic,
        },
    }


def _collect(answer: Mapping[str, Any], values: list[Values], failed: dict[int, str]) -> None:
    """What one page tells. A query counts as answered as long as nothing of it was odd; it may go on in later pages."""
    ids = {f"q{number}": number for number in range(len(values))}
    told = answer.get("MetricDataResults")
    for result in told if isinstance(told, list) else ():
        number = ids.get(str(result.get("Id"))) if isinstance(result, Mapping) else None
        if number is None or failed.get(number, NO_ANSWER) != NO_ANSWER:
            continue
        if problem := _take(result, values[number]):
            failed[number] = problem
        else:
            failed.pop(number, None)


def _take(result: Mapping[str, Any], values: Values) -> str:
    """The points of one result; what is wrong with it, if anything."""
    status, moments, numbers = (result.get(name) for name in ("StatusCode", "Timestamps", "Values"))
    if status not in {"Complete", "PartialData"}:
        return status if status in {"Forbidden", "InternalError"} else f"the status {shown(status)}"
    if not (isinstance(moments, list) and isinstance(numbers, list) and len(moments) == len(numbers)):
        return "unreadable points"
    for moment, value in zip(moments, numbers, strict=True):
        if not isinstance(moment, datetime) or isinstance(value, bool) or not isinstance(value, int | float):
            return "unreadable points"
        values[moment.astimezone(UTC)] = float(value)
    return ""
