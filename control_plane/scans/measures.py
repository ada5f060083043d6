"""What a scan cost, by service and region."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from control_plane.scans.answer import MeasureAnswer
from schemas.scan import ServiceMeasure
from stores.tasks import TaskRow


def measures(found: Sequence[TaskRow]) -> list[MeasureAnswer]:
    """As the tasks reported it: a service is in one task of a region."""
    told = [one for task in found if task.outcome for one in task.outcome.measures]
    return [_answer(one) for one in sorted(told, key=lambda one: (one.service, one.region))]


def _answer(one: ServiceMeasure) -> MeasureAnswer:
    price = sum((Decimal(text) for text in one.prices.values()), Decimal(0))
    return MeasureAnswer(**msgspec.to_builtins(one), price=f"{price:f}" if one.prices else None)
