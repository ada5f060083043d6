"""Azure Monitor's batch of metrics: hourly values computed from how busy a machine of the scenario is.

As in Azure, an hour without data stands in the answer without a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from demo_cloud.azure.bodies import TYPES
from demo_cloud.azure.refusal import Refusal
from demo_cloud.azure.world import AzureWorld, Disk, Load, Subscription, Thing, Vm

HOUR: Final = timedelta(hours=1)
MOST_RESOURCES: Final = 50
MB: Final = 1_000_000
UNITS: Final = {
    "Percentage CPU": "Percent",
    "Network In Total": "Bytes",
    "Network Out Total": "Bytes",
    "CPU Credits Remaining": "Count",
    "Composite Disk Read Operations/sec": "CountPerSecond",
    "Composite Disk Write Operations/sec": "CountPerSecond",
}


def batch_of(world: AzureWorld, subscription: str, query: Mapping[str, str], body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of metrics:getBatch. Raises ``Refusal``."""
    ids: list[str] = body.get("resourceids", [])
    if not 0 < len(ids) <= MOST_RESOURCES:
        raise Refusal(400, "BadRequest", f"Between 1 and {MOST_RESOURCES} resource ids may be given, not {len(ids)}.")
    if query.get("interval") != "PT1H":
        raise Refusal(400, "BadRequest", f"The demo cloud has hourly values only, not {query.get('interval')}.")
    held = world.subscriptions[subscription]
    return {"values": [_values(held, one, query) for one in ids]}


def _values(held: Subscription, resource_id: str, query: Mapping[str, str]) -> dict[str, Any]:
    thing = _thing(held, resource_id, query["metricnamespace"])
    start, end = _moment(query["starttime"]), _moment(query["endtime"])
    names, aggregations = query["metricnames"].split(","), query["aggregation"].split(",")
    return {
        "starttime": query["starttime"],
        "endtime": query["endtime"],
        "interval": query["interval"],
        "namespace": query["metricnamespace"],
        "resourceregion": thing.region,
        "resourceid": resource_id,
        "value": [_metric(resource_id, name, _points(thing, name, aggregations, start, end)) for name in names],
    }


def _thing(held: Subscription, resource_id: str, namespace: str) -> Thing:
    kind, name = resource_id.lower().rpartition("/providers/")[2].rsplit("/", 1)
    found = next((one for one in held.things if TYPES[type(one)].lower() == kind and one.name.lower() == name), None)
    if found is None or kind != namespace.lower():
        raise Refusal(404, "ResourceNotFound", f"The resource '{resource_id}' was not found in '{namespace}'.")
    return found


def _metric(resource_id: str, name: str, points: list[dict[str, Any]]) -> dict[str, Any]:
    if name not in UNITS:
        raise Refusal(400, "BadRequest", f"Failed to find metric configuration for metric: {name}")
    return {
        "id": f"{resource_id}/providers/Microsoft.Insights/metrics/{name}",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": name, "localizedValue": name},
        "displayDescription": name,
        "unit": UNITS[name],
        "timeseries": [{"metadatavalues": [], "data": points}] if points else [],
        "errorCode": "Success",
    }


def _points(thing: Thing, name: str, aggregations: list[str], start: datetime, end: datetime) -> list[dict[str, Any]]:
    points = []
    at = start
    while at < end:
        values = _hour(thing, name, at)
        told = {one: values[one] for one in aggregations if one in values}
        points.append({"timeStamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"), **told})
        at += HOUR
    return points


def _hour(thing: Thing, name: str, at: datetime) -> dict[str, float]:
    """The values of one hour; none where nothing was measured."""
    if isinstance(thing, Disk):
        rate = 0.0 if thing.silent else 12.5
        return {"average": rate, "maximum": rate, "total": rate * 60}
    load = thing.load if isinstance(thing, Vm) else None
    if load is None or at.hour % 10 >= load.covered:
        return {}
    match name:
        case "Percentage CPU":
            return _cpu(load, at)
        case "Network In Total" | "Network Out Total":
            half = load.network_mb * MB / 48
            return {"average": half / 60, "maximum": half / 60, "total": half}
        case _:
            return {"average": load.credits, "maximum": load.credits, "total": load.credits * 60}


def _cpu(load: Load, at: datetime) -> dict[str, float]:
    high = load.spike_cpu if 2 <= at.hour < 2 + load.spikes else load.cpu * load.cpu_peak  # noqa: PLR2004 - from 02:00 on
    return {"average": load.cpu, "maximum": high, "total": load.cpu * 60}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
