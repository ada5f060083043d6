"""Cloud Monitoring: ListTimeSeries, computed from how busy the world says things are. No point is stored.

Only what scanners ask is understood, anything else is refused: a metric type, a resource type, instances by
``one_of``, and an aligner over whole hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from google.cloud.monitoring_v3.types import ListTimeSeriesRequest, ListTimeSeriesResponse, TimeSeries

from demo_cloud.gcp.refusal import Refusal
from demo_cloud.gcp.world import PROJECT, Disk, Machine, World, number_of
from demo_cloud.world import Load

HOUR: Final = timedelta(hours=1)
PREFIX: Final = "compute.googleapis.com/instance/"
_FILTER: Final = re.compile(
    r'metric\.type = "compute\.googleapis\.com/instance/([a-z_/]+)" AND resource\.type = "gce_instance"'
    r' AND resource\.labels\.instance_id = one_of\(((?:"\d+"(?:, )?)+)\)'
)
LONGEST_FILTER: Final = 2048
OPS_AN_HOUR: Final = 120


class Metrics:
    """All series of one world."""

    def __init__(self, world: World, page_size: int) -> None:
        self._world, self._page_size = world, page_size
        self._by_number = {number_of(one.path): one for one in world.machines}

    def answer(self, request: ListTimeSeriesRequest) -> ListTimeSeriesResponse:
        """One page, of whole series. Raises ``Refusal``."""
        metric, numbers = _asked(request)
        every = [one for number in numbers for one in self._series(metric, number, request)]
        first = int(request.page_token or 0)
        last = first + self._page_size
        following = str(last) if last < len(every) else ""
        return ListTimeSeriesResponse(time_series=every[first:last], next_page_token=following)

    def _series(self, metric: str, number: str, request: ListTimeSeriesRequest) -> Iterator[TimeSeries]:
        machine = self._by_number.get(number)
        if machine is None or machine.load is None:
            return
        if metric.startswith("disk/"):
            for disk in self._world.disks_of(machine):
                yield self._one(metric, machine, machine.load, request, disk)
        else:
            yield self._one(metric, machine, machine.load, request, None)

    def _one(
        self, metric: str, machine: Machine, load: Load, request: ListTimeSeriesRequest, disk: Disk | None
    ) -> TimeSeries:
        aligner = request.aggregation.per_series_aligner.name
        since = self._world.now - (machine.started or machine.age)
        points = [
            {"interval": {"start_time": end, "end_time": end}, "value": _value(metric, aligner, load, disk, end)}
            for end in _hours(request, self._world.now)
            if end - HOUR >= since and end.hour % 10 < load.covered
        ]
        labels = {"instance_name": machine.name, **({"device_name": disk.name} if disk else {})}
        where = {"project_id": PROJECT, "instance_id": number_of(machine.path), "zone": machine.zone}
        return TimeSeries(
            metric={"type": f"{PREFIX}{metric}", "labels": labels},
            resource={"type": "gce_instance", "labels": where},
            metric_kind="GAUGE",
            value_type="DOUBLE" if metric == "cpu/utilization" else "INT64",
            points=points,
        )


def _asked(request: ListTimeSeriesRequest) -> tuple[str, list[str]]:
    found = _FILTER.fullmatch(request.filter)
    if request.name != f"projects/{PROJECT}" or found is None or len(request.filter) > LONGEST_FILTER:
        raise Refusal("INVALID_ARGUMENT", f"The demo does not understand the filter {request.filter!r}.")
    if request.aggregation.alignment_period != HOUR:
        raise Refusal("INVALID_ARGUMENT", "The demo aligns whole hours only.")
    return found[1], re.findall(r"\d+", found[2])


def _hours(request: ListTimeSeriesRequest, now: datetime) -> Iterator[datetime]:
    """The ends of the hours in the interval, the newest first; its start is excluded, its end included."""
    end = min(request.interval.end_time, now)
    while end > request.interval.start_time:
        yield end
        end -= HOUR


def _value(metric: str, aligner: str, load: Load, disk: Disk | None, end: datetime) -> dict[str, Any]:
    match metric, aligner:
        case "cpu/utilization", "ALIGN_MEAN":
            return {"double_value": load.cpu / 100}
        case "cpu/utilization", "ALIGN_MAX":
            spiking = 2 <= (end - HOUR).hour < 2 + load.spikes  # noqa: PLR2004 - from two o'clock on
            return {"double_value": (load.spike_cpu if spiking else load.cpu * load.cpu_peak) / 100}
        case "network/received_bytes_count" | "network/sent_bytes_count", "ALIGN_SUM":
            return {"int64_value": int(load.network_mb * 1_000_000 / 48)}
        case "disk/read_ops_count" | "disk/write_ops_count", "ALIGN_SUM":
            return {"int64_value": 0 if disk and disk.silent else OPS_AN_HOUR}
        case _:
            raise Refusal("INVALID_ARGUMENT", f"The demo has no {metric} by {aligner}.")
