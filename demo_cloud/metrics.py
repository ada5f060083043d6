"""CloudWatch's GetMetricData, computed from how busy the scenario says things are: no point is stored.

Each hour has twelve samples of five minutes: one peak, eleven quieter ones, with the hour's mean. Periods start at
StartTime (rounded down as CloudWatch documents), a period without samples has no point, and what has no series answers
with empty lists, as AWS does. Points end with the last full hour.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from demo_cloud.answer import Refusal
from demo_cloud.loads import balancers, clusters, compute, databases, functions, keys, network, queues, stores
from demo_cloud.loads.buckets import bucket_series
from demo_cloud.loads.series import SAMPLES_AN_HOUR, Key, Series, hour_of
from demo_cloud.paging import offset_of, token_of
from demo_cloud.world import DAY, World

MAX_QUERIES: Final = 500
MAX_POINTS: Final = 100_800
HOUR_SECONDS: Final = 3600
OF_A_PLACE: Final = (
    compute.series,
    network.series,
    balancers.series,
    databases.series,
    functions.series,
    stores.series,
    queues.series,
    keys.series,
    clusters.series,
)
"""What tells the series of one account's region."""


class Metrics:
    """All series of one world, by account and region."""

    def __init__(self, world: World, page_size: int) -> None:
        self._now = world.now
        self._page_size = page_size
        self._series: dict[tuple[str, str], dict[Key, Series]] = {}
        for where, place in world.places.items():
            self._series[where] = {key: one for tell in OF_A_PLACE for key, one in tell(place, world.now)}
        for account, buckets in world.buckets.items():
            for bucket in buckets:
                key, one = bucket_series(bucket, world.now)
                self._series[account, bucket.region][key] = one

    def answer(self, account: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The result of GetMetricData. Raises ``Refusal``."""
        queries = params.get("MetricDataQueries") or []
        _check(queries, params)
        start, end = _window(params["StartTime"], params["EndTime"], self._now)
        first = offset_of(params.get("NextToken"), "metrics")
        oldest_first = params.get("ScanBy") == "TimestampAscending"
        budget = int(params.get("MaxDatapoints") or MAX_POINTS)
        results: list[dict[str, Any]] = []
        for query in queries[first : first + self._page_size]:
            result = self._result((account, region), query, start, end, oldest_first=oldest_first)
            budget -= len(result["Values"])
            if budget < 0 and results:
                break
            results.append(result)
        done = first + len(results)
        more = {"NextToken": token_of("metrics", done)} if done < len(queries) else {}
        return {"MetricDataResults": results, "Messages": [], **more}

    def _result(
        self, place: tuple[str, str], query: Mapping[str, Any], start: datetime, end: datetime, *, oldest_first: bool
    ) -> dict[str, Any]:
        stat = query["MetricStat"]
        metric = stat["Metric"]
        dimensions = tuple(sorted((d["Name"], d["Value"]) for d in metric.get("Dimensions") or ()))
        series = self._series.get(place, {}).get((metric["Namespace"], metric["MetricName"], dimensions))
        points = list(_points(series, stat, start, end, self._last_hour())) if series else []
        if not oldest_first:
            points.reverse()
        return {
            "Id": query["Id"],
            "Label": query.get("Label") or metric["MetricName"],
            "Timestamps": [moment for moment, _ in points],
            "Values": [value for _, value in points],
            "StatusCode": "Complete",
        }

    def _last_hour(self) -> int:
        """The first hour without data: what the clock says, or the world's now when that is later."""
        return hour_of(max(self._now, datetime.now(UTC)))


def with_times(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer with datetimes, as the general serializer wants them; the demo itself counts in seconds."""
    results = [
        {**one, "Timestamps": [datetime.fromtimestamp(moment, UTC) for moment in one["Timestamps"]]}
        for one in answer["MetricDataResults"]
    ]
    return {**answer, "MetricDataResults": results}


def _check(queries: Sequence[Mapping[str, Any]], params: Mapping[str, Any]) -> None:
    if len(queries) > MAX_QUERIES:
        text = f"The collection MetricDataQueries must not have a size greater than {MAX_QUERIES}."
        raise Refusal(400, "ValidationError", text)
    if not params.get("StartTime") or not params.get("EndTime") or params["StartTime"] >= params["EndTime"]:
        raise Refusal(400, "ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    if len({query.get("Id") for query in queries}) < len(queries):
        raise Refusal(400, "ValidationError", "The values for parameter Id in MetricDataQueries are not unique.")
    for query in queries:
        if "MetricStat" not in query:
            raise Refusal(400, "ValidationError", "The demo cloud computes no expressions: MetricStat is required.")
        if int(query["MetricStat"]["Period"]) % 60 or int(query["MetricStat"]["Period"]) <= 0:
            raise Refusal(400, "ValidationError", "The parameter Period must be a multiple of 60.")


def _window(start: datetime, end: datetime, now: datetime) -> tuple[datetime, datetime]:
    """StartTime rounded down: to the minute up to 15 days back, to 5 minutes up to 63 days, to the hour beyond."""
    start, end = (moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in (start, end))
    back = now - start
    grid = 60 if back < 15 * DAY else 300 if back < 63 * DAY else 3600
    return datetime.fromtimestamp(start.timestamp() // grid * grid, UTC), end


def _points(
    series: Series, stat: Mapping[str, Any], start: datetime, end: datetime, last: int
) -> Iterator[tuple[int, float]]:
    """One point for each period that has samples: the period's start in seconds since the epoch, and the value."""
    statistic = _statistic(stat["Stat"])
    if stat.get("Unit") not in (None, series.unit):
        return
    period, first, until = int(stat["Period"]), int(start.timestamp()), int(end.timestamp())
    if period == HOUR_SECONDS and not (first % period or until % period or series.daily) and stat["Stat"] in WHOLE_HOUR:
        yield from _whole_hours(series, WHOLE_HOUR[stat["Stat"]], first // period, min(until // period, last))
        return
    for moment in range(first, until, period):
        samples = list(_samples(series, moment, min(moment + period, until), last))
        if samples:
            yield moment, statistic(samples)


WHOLE_HOUR: Final[Mapping[str, Callable[[float, float], float]]] = {
    "Average": lambda mean, _: mean,
    "Maximum": lambda _, peak: peak,
    "Sum": lambda mean, _: mean * SAMPLES_AN_HOUR,
}
"""(mean, peak) -> the statistic of an hour; a test compares it with the samples."""


def _whole_hours(
    series: Series, statistic: Callable[[float, float], float], first: int, beyond: int
) -> Iterator[tuple[int, float]]:
    """The short way for what is asked most: periods that are whole hours."""
    for hour in range(max(first, series.since), beyond):
        value = series.hour(hour)
        if value is not None:
            yield hour * HOUR_SECONDS, statistic(*value)


Samples = Sequence[tuple[int, float]]
"""(how many, value) of equal samples."""


def _samples(series: Series, start: int, end: int, last: int) -> Iterator[tuple[int, float]]:
    """The samples in [start, end), in seconds since the epoch: the first of an hour is its peak."""
    for hour in range(max(start // 3600, series.since), min(-(-end // 3600), last)):
        value = None if series.daily and hour % 24 else series.hour(hour)
        if value is None:
            continue
        mean, peak = value
        first = max(0, -((hour * 3600 - start) // 300))
        beyond = min(SAMPLES_AN_HOUR, -(-(end - hour * 3600) // 300))
        if first == 0:
            yield 1, peak
        if not series.daily and beyond > max(first, 1):
            yield beyond - max(first, 1), (SAMPLES_AN_HOUR * mean - peak) / (SAMPLES_AN_HOUR - 1)


def _count(samples: Samples) -> int:
    return sum(count for count, _ in samples)


def _sum(samples: Samples) -> float:
    return sum(count * value for count, value in samples)


STATISTICS: Final[Mapping[str, Callable[[Samples], float]]] = {
    "Average": lambda samples: _sum(samples) / _count(samples),
    "Maximum": lambda samples: max(value for _, value in samples),
    "Minimum": lambda samples: min(value for _, value in samples),
    "Sum": _sum,
    "SampleCount": lambda samples: float(_count(samples)),
}


def _statistic(name: str) -> Callable[[Samples], float]:
    if name in STATISTICS:
        return STATISTICS[name]
    if name.startswith("p") and name[1:].replace(".", "", 1).isdigit():
        return partial(_percentile, float(name[1:]) / 100)
    raise Refusal(400, "ValidationError", f"The parameter Stat {name} is not computed by the demo cloud.")


def _percentile(share: float, samples: Samples) -> float:
    values = sorted(value for count, value in samples for _ in range(count))
    return values[max(0, math.ceil(share * len(values)) - 1)]
