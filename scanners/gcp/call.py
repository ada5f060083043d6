"""One API call, as data, and the two calls that a scan makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from scanners.gcp.asset import answer_of

Read = Callable[[Any], Mapping[str, Any]]


@dataclass(frozen=True)
class Call:
    """``Call("cloudasset", "ListAssets", "list_assets", read)``: service, operation, method of the client, arguments.

    ``read`` turns one page, as protobuf has it, into plain values, with the token of the next in ``next``.
    """

    service: str
    operation: str
    method: str
    read: Read
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """``cloudasset:ListAssets``."""
        return f"{self.service}:{self.operation}"


def _assets(page: Any) -> Mapping[str, Any]:  # noqa: ANN401 - protobuf has no types
    """``items``: the assets of a page."""
    from google.protobuf.json_format import MessageToDict

    return {"items": [answer_of(MessageToDict(asset)) for asset in page.assets], "next": page.next_page_token}


def _series(page: Any) -> Mapping[str, Any]:  # noqa: ANN401
    """``items``: the labels of each series (``resource.labels.x``, ``metric.labels.x``) and its values by their end."""
    items = [
        (_labels(one), {_moment(p.interval.end_time): _value(p.value) for p in one.points}) for one in page.time_series
    ]
    return {"items": items, "next": page.next_page_token}


def _labels(series: Any) -> dict[str, str]:  # noqa: ANN401
    resource = {f"resource.labels.{name}": value for name, value in series.resource.labels.items()}
    return resource | {f"metric.labels.{name}": value for name, value in series.metric.labels.items()}


def _moment(stamp: Any) -> datetime:  # noqa: ANN401
    return datetime.fromtimestamp(stamp.seconds, UTC)


def _value(value: Any) -> float:  # noqa: ANN401
    return float(value.int64_value if value.WhichOneof("value") == "int64_value" else value.double_value)


LIST_ASSETS: Final = Call("cloudasset", "ListAssets", "list_assets", _assets, {"content_type": "RESOURCE"})
LIST_TIME_SERIES: Final = Call("monitoring", "ListTimeSeries", "list_time_series", _series, {"view": "FULL"})
