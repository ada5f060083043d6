"""Cloud Monitoring series: one call for a statistic of many resources, as many as a filter can name."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from scanners.core.measuring import Found, Query, Values
from scanners.core.resource import Resource
from scanners.gcp.call import LIST_TIME_SERIES
from scanners.gcp.calls import GcpCalls
from scanners.gcp.paging import pages
from scanners.gcp.scanner import GcpScanner
from schemas.errors import CloudError, NoAccess

MAX_NAMED: Final = 80
"""Resources that one filter names: of nineteen digits each, they stay below the 2,048 characters a filter may have."""
ALIGNERS: Final = {"Average": "ALIGN_MEAN", "Maximum": "ALIGN_MAX", "Sum": "ALIGN_SUM"}
Key = tuple[str, ...]


async def measure(
    calls: GcpCalls, unit: GcpScanner[Any], asked: Sequence[Query], project: str, region: str
) -> list[CloudError]:
    """Set the series of the resources. What could not be read stays unset; the errors say why."""
    found = Found()
    ended = await asyncio.gather(*(_read(calls, unit, batch, project, region, found) for batch in batches(asked)))
    found.assign(asked)
    return [error for error in ended if error is not None]


def batches(asked: Sequence[Query]) -> Iterator[list[Query]]:
    """Queries of the same statistic of the same metric, over the same window, of so many resources."""
    alike: dict[tuple[Any, ...], list[Query]] = defaultdict(list)
    for query in asked:
        alike[query.metric.name, query.statistic, query.window].append(query)
    for queries in alike.values():
        yield from (queries[start : start + MAX_NAMED] for start in range(0, len(queries), MAX_NAMED))


async def _read(
    calls: GcpCalls, unit: GcpScanner[Any], batch: list[Query], project: str, region: str, found: Found
) -> CloudError | None:
    values: dict[Key, Values] = defaultdict(dict)
    try:
        async for page in pages(calls, LIST_TIME_SERIES, region, **_request(unit, batch, project)):
            for labels, points in page:
                values[tuple(labels.get(name, "") for name in unit.series)].update(points)
    except NoAccess:
        raise
    except CloudError as error:
        return error
    for query in batch:
        found.put(query, _by_start(values.get(_key(unit, query.item), {}), query))
    return None


def _by_start(points: Values, query: Query) -> Values:
    """Monitoring names a period by its end, a series by its beginning."""
    period = timedelta(seconds=query.metric.period)
    return {end - period: value for end, value in points.items()}


def _request(unit: GcpScanner[Any], batch: list[Query], project: str) -> Mapping[str, Any]:
    metric, window = batch[0].metric, batch[0].window
    first = next(iter(unit.series))
    named = sorted({f'"{_key(unit, query.item)[0]}"' for query in batch})
    terms = [
        f'metric.type = "{metric.namespace}/{metric.metric}"',
        f'resource.type = "{unit.monitored}"',
        f"{first} = one_of({', '.join(named)})",
    ]
    return {
        "name": f"projects/{project}",
        "filter": " AND ".join(terms),
        "interval": {"start_time": window.start, "end_time": window.end},
        "aggregation": {
            "alignment_period": timedelta(seconds=metric.period),
            "per_series_aligner": ALIGNERS[batch[0].statistic],
        },
    }


def _key(unit: GcpScanner[Any], item: Resource) -> Key:
    return tuple(str(getattr(item, field)) for field in unit.series.values())
