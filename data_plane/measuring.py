"""What a worker counts of the tasks that it ran."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from schemas.instruments import (
    CALL_USD,
    CALLS,
    EVENTS,
    GAPS,
    RESOURCES,
    SERVICE_SECONDS,
    TASK_SECONDS,
    TASKS_ENDED,
    THROTTLES,
)
from schemas.scan import ServiceMeasure, TaskOutcome, TaskSpec

Result = Literal["finished", "failed", "lost"]


def ended(task: TaskSpec, result: Result, seconds: float) -> None:
    """One attempt ended."""
    family = task.family or task.kind
    TASKS_ENDED.labels(task.scan.provider, family, result).inc()
    TASK_SECONDS.labels(task.scan.provider, family).observe(seconds)


def finished(task: TaskSpec, outcome: TaskOutcome) -> None:
    """What a finished task did, by service and region, and what it could not see."""
    for measure in outcome.measures:
        _count(task.scan.provider, measure)
    for gap in outcome.coverage:
        if gap.is_gap:
            GAPS.labels(task.scan.provider, gap.status).inc(gap.count)


def _count(provider: str, measure: ServiceMeasure) -> None:
    labels = (provider, measure.service, measure.region)
    RESOURCES.labels(*labels).inc(measure.resources)
    EVENTS.labels(*labels).inc(measure.events)
    CALLS.labels(*labels).inc(sum(measure.calls.values()))
    CALL_USD.labels(*labels).inc(float(sum(map(Decimal, measure.prices.values()))))
    THROTTLES.labels(*labels).inc(measure.throttles)
    SERVICE_SECONDS.labels(*labels).inc(measure.seconds)
