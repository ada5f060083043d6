"""Azure Monitor series in batches: up to 50 resources of one type and region a call, all their metrics at once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from scanners.azure.calls import AzureCalls
from scanners.azure.scanner import METRICS
from scanners.core.measuring import DAY, Found, Query, Values
from scanners.core.outcome import instant
from schemas.errors import CloudError, Fatal, NoAccess

MAX_RESOURCES: Final = 50
"""Resource ids in one call of metrics:getBatch."""
MAX_METRICS: Final = 20
"""Names of metrics in one call."""
AGGREGATIONS: Final = {"Average": "average", "Maximum": "maximum", "Sum": "total"}
"""Our statistics in Azure's words."""
Batch = list[Query]
Told = Mapping[tuple[str, str], Mapping[str, Any]]


def batches(asked: Sequence[Query]) -> Iterator[Batch]:
    """Cut by what one call can hold: one namespace, one window, so many resources and metrics."""
    groups: dict[object, dict[int, Batch]] = defaultdict(lambda: defaultdict(list))
    for query in asked:
        groups[query.metric.namespace, query.window][id(query.item)].append(query)
    for by_item in groups.values():
        held = list(by_item.values())
        for start in range(0, len(held), MAX_RESOURCES):
            yield from _by_metrics([query for batch in held[start : start + MAX_RESOURCES] for query in batch])


def _by_metrics(batch: Batch) -> Iterator[Batch]:
    names = list(dict.fromkeys(query.metric.metric for query in batch))
    for start in range(0, len(names), MAX_METRICS):
        chosen = set(names[start : start + MAX_METRICS])
        yield [query for query in batch if query.metric.metric in chosen]


async def measure(calls: AzureCalls, asked: Sequence[Query], region: str) -> list[CloudError]:
    """Set the series of the resources. What could not be read stays unset; the errors say why."""
    found = Found()
    ended = await asyncio.gather(*(_read(calls, batch, region, found) for batch in batches(asked)))
    found.assign(asked)
    return [error for error in ended if error is not None]


async def _read(calls: AzureCalls, batch: Batch, region: str, found: Found) -> CloudError | None:
    first = batch[0]
    request: dict[str, object] = {
        "metricnamespace": first.metric.namespace,
        "metricnames": ",".join(dict.fromkeys(query.metric.metric for query in batch)),
        "aggregation": ",".join(dict.fromkeys(AGGREGATIONS[query.statistic] for query in batch)),
        "interval": "P1D" if first.window.period == DAY else "PT1H",
        "starttime": instant(first.window.start),
        "endtime": instant(first.window.end),
    }
    body = {"resourceids": list(dict.fromkeys(query.item.id for query in batch))}
    try:
        answer = await calls(METRICS, region=region, body=body, **request)
    except NoAccess:
        raise
    except CloudError as error:
        return error
    told = _told(answer)
    failed = [query for query in batch if not _put(found, query, told.get(_key(query)))]
    return _refused(failed, batch, told, region) if failed else None


def _told(answer: Mapping[str, Any]) -> Told:
    """What was answered, by resource and metric; the case of neither is reliable."""
    return {
        (str(one["resourceid"]).lower(), str(metric["name"]["value"]).lower()): metric
        for one in answer.get("values", [])
        for metric in one.get("value", [])
    }


def _key(query: Query) -> tuple[str, str]:
    return query.item.id, query.metric.metric.lower()


def _put(found: Found, query: Query, metric: Mapping[str, Any] | None) -> bool:
    """Whether the metric was answered. An hour without data is there, and without a value."""
    if metric is None or metric.get("errorCode", "Success") != "Success":
        return False
    found.put(query, _values(metric, AGGREGATIONS[query.statistic]))
    return True


def _values(metric: Mapping[str, Any], aggregation: str) -> Values:
    points = (point for series in metric.get("timeseries", [])[:1] for point in series.get("data", []))
    return {
        datetime.fromisoformat(point["timeStamp"]).astimezone(UTC): float(point[aggregation])
        for point in points
        if point.get(aggregation) is not None
    }


def _refused(failed: Batch, batch: Batch, told: Told, region: str) -> Fatal:
    metrics = (told.get(_key(query)) for query in failed)
    codes = sorted({metric["errorCode"] if metric else "no answer" for metric in metrics})
    message = f"{len(failed)} of {len(batch)} queries came to {' and '.join(codes)}"
    return Fatal(message, service=METRICS.service, operation=METRICS.operation, region=region)
