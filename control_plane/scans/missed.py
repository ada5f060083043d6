"""What a scan missed: the services and regions of its failed tasks and of its gaps. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from schemas.catalogue import load_catalogue
from schemas.scan import ScanSpec
from schemas.states import TaskStatus
from stores.tasks import TaskRow


class Missed(NamedTuple):
    """As a scan request selects them; ``regions`` None means all that are enabled."""

    services: tuple[str, ...]
    regions: tuple[str, ...] | None


def missed(spec: ScanSpec, tasks: Sequence[TaskRow]) -> Missed | None:
    """None when nothing was. All that was asked for, when the account or its regions could not be discovered."""
    if any(task.kind == "discover" and _missed_by(task) for task in tasks):
        return Missed(spec.services, spec.regions)
    pairs = {(service, task.region) for task in tasks for service in _missed_by(task)}
    services = tuple(service for service in spec.services if service in {service for service, _ in pairs})
    regional = {
        service for service in services if not load_catalogue().providers[spec.provider].service(service).is_global
    }
    regions = sorted({region for service, region in pairs if service in regional})
    return Missed(services, tuple(regions) or spec.regions) if services else None


def _missed_by(task: TaskRow) -> set[str]:
    """The services that a task could not see to the end; a gap in what others need costs all of the task's."""
    if task.status is not TaskStatus.SUCCEEDED or task.outcome is None:
        return set(task.services) or {task.kind}
    gaps = {coverage.service for coverage in task.outcome.coverage if coverage.is_gap}
    return gaps if gaps <= set(task.services) else set(task.services) or gaps
