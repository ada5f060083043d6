"""CloudWatch's GetMetricData, computed from how busy the scenario says things are: no point is stored.

Each hour has twelve samples of five minutes: one peak, eleven quieter ones, with the hour's mean. Periods start at
StartTime (rounded down as CloudWatch documents), a period without samples has no point, and what has no series answers
with empty lists, as AWS does. Points end with the last full hour.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from zlib import crc32

from demo_cloud.answer import Refusal
from demo_cloud.paging import offset_of, token_of
from demo_cloud.world import DAY, METRIC_DAYS, Bucket, Instance, Load, Nat, Volume, World

MAX_QUERIES: Final = 500
MAX_POINTS: Final = 100_800
SAMPLES_AN_HOUR: Final = 12
FIRST_SPIKE: Final = 2
HOUR_SECONDS: Final = 3600
Hour = Callable[[int], tuple[float, float] | None]
"""Hours since the epoch -> (mean, peak) of the five-minute samples, None where nothing was sent."""


@dataclass(frozen=True)
class Series:
    """One metric of one resource. ``daily`` has one sample a day, at midnight UTC."""

    hour: Hour
    since: int
    unit: str
    daily: bool = False


Key = tuple[str, str, tuple[tuple[str, str], ...]]


class Metrics:
    """All series of one world, by account and region."""

    def __init__(self, world: World, page_size: int) -> None:
        self._now = world.now
        self._page_size = page_size
        self._series: dict[tuple[str, str], dict[Key, Series]] = {}
        first = _hour(world.now - METRIC_DAYS * DAY)
        for (account, region), place in world.places.items():
            running = {i.id: i for i in place.instances if i.stopped_for is None}
            here = self._series.setdefault((account, region), {})
            for instance in running.values():
                here.update(_instance_series(instance, max(first, _hour(world.now - instance.age) + 1)))
            for volume in place.volumes:
                if volume.attached_to in running:
                    here.update(_volume_series(volume, max(first, _hour(world.now - volume.age) + 1)))
            for nat in place.nats:
                here.update(_nat_series(nat, max(first, _hour(world.now - nat.age) + 1)))
        for account, buckets in world.buckets.items():
            for bucket in buckets:
                since = max(first, _hour(world.now - bucket.age))
                self._series[account, bucket.region].update(_bucket_series(bucket, since))

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
        return _hour(max(self._now, datetime.now(UTC)))


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


def _instance_series(instance: Instance, since: int) -> Iterator[tuple[Key, Series]]:
    load = instance.load
    if load is None:
        return
    dimensions = (("InstanceId", instance.id),)
    seed = crc32(instance.id.encode())
    yield ("AWS/EC2", "CPUUtilization", dimensions), Series(_cpu(load, seed), since, "Percent")
    if instance.kind.startswith("t"):
        balance = _steady(load.cpu_credits, seed, load.covered)
        yield ("AWS/EC2", "CPUCreditBalance", dimensions), Series(balance, since, "Count")
    for name, share in (("NetworkIn", 0.6), ("NetworkOut", 0.4)):
        a_sample = load.network_mb * share * 1e6 / 24 / SAMPLES_AN_HOUR
        yield ("AWS/EC2", name, dimensions), Series(_steady(a_sample, seed, load.covered), since, "Bytes")


def _volume_series(volume: Volume, since: int) -> Iterator[tuple[Key, Series]]:
    for name, operations in (("VolumeReadOps", 40.0), ("VolumeWriteOps", 260.0)):
        hour = _steady(0.0 if volume.silent else operations, crc32(volume.id.encode()), 10)
        yield ("AWS/EBS", name, (("VolumeId", volume.id),)), Series(hour, since, "Count")


def _nat_series(nat: Nat, since: int) -> Iterator[tuple[Key, Series]]:
    seed, dimensions = crc32(nat.id.encode()), (("NatGatewayId", nat.id),)
    a_sample = nat.mb_a_day * 1e6 / 24 / SAMPLES_AN_HOUR
    for name, share in (("BytesOutToDestination", 1.0), ("BytesInFromDestination", 4.0)):
        yield ("AWS/NATGateway", name, dimensions), Series(_steady(a_sample * share, seed, 10), since, "Bytes")
    connections = _steady(40.0 if nat.mb_a_day else 0.0, seed, 10)
    yield ("AWS/NATGateway", "ActiveConnectionCount", dimensions), Series(connections, since, "Count")


def _bucket_series(bucket: Bucket, since: int) -> Iterator[tuple[Key, Series]]:
    size = float(bucket.size_bytes)
    dimensions = (("BucketName", bucket.name), ("StorageType", "StandardStorage"))
    yield ("AWS/S3", "BucketSizeBytes", dimensions), Series(lambda _: (size, size), since, "Bytes", daily=True)


def _cpu(load: Load, seed: int) -> Hour:
    spiky = range(FIRST_SPIKE, FIRST_SPIKE + load.spikes)

    def value(hour: int) -> tuple[float, float] | None:
        if hour % 10 >= load.covered:
            return None
        mean = load.cpu * _wobble(seed, hour)
        if hour % 24 in spiky:
            return (11 * mean + load.spike_cpu) / SAMPLES_AN_HOUR, load.spike_cpu
        return mean, min(100.0, mean * load.cpu_peak)

    return value


def _steady(mean: float, seed: int, covered: int) -> Hour:
    def value(hour: int) -> tuple[float, float] | None:
        if hour % 10 >= covered:
            return None
        here = mean * _wobble(seed, hour)
        return here, here * 1.5

    return value


def _wobble(seed: int, hour: int) -> float:
    """Between 0.9 and 1.1, fixed by the resource and the hour."""
    return 0.9 + 0.2 * ((seed * 2_654_435_761 + hour * 2_246_822_519 >> 5) % 1021) / 1021


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600
