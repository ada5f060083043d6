"""The scanner of one asset type of Google Cloud: what the inventory calls it, and where its series stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, TypeVar

from scanners.core.errors import BadUnitError
from scanners.core.fields import Metric
from scanners.core.resource import Resource
from scanners.core.scanner import CloudScanner, Shape
from scanners.gcp.call import LIST_ASSETS, LIST_TIME_SERIES

R = TypeVar("R", bound=Resource)
PAGE_SIZE: Final = 1000
"""The most that ListAssets takes."""


class GcpScanner(CloudScanner[R]):
    """One asset type. The listing needs no declaration: it is that of the type, ``resource_type``."""

    provider = "gcp"
    is_global = True
    monitored: ClassVar[str] = ""
    """The monitored resource type of its series (``gce_instance``)."""
    series: ClassVar[Mapping[str, str]] = {}
    """The labels that tell a resource's series from others, each with the field that has the label's value."""

    @classmethod
    def check(cls) -> None:
        """Raise ``BadUnitError`` for what is missing."""
        super().check()
        metrics = [one for one in vars(cls.resource).values() if isinstance(one, Metric)]
        if metrics and not (cls.monitored and cls.series):
            raise BadUnitError(f"{cls.__qualname__} has metrics, and lacks monitored or series")

    @classmethod
    def operations(cls) -> frozenset[str]:
        """Every operation that it may call."""
        metrics = {LIST_TIME_SERIES.name} if cls.declared().metrics else set()
        return frozenset({LIST_ASSETS.name, *metrics})

    @classmethod
    def shape(cls) -> Shape:
        """What it costs in calls."""
        return Shape(PAGE_SIZE, 0)

    def subject(self, item: R) -> str:
        """Its full resource name."""
        return item.id
