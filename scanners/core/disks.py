"""What is judged of disks in the same way in every cloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from scanners.core.outcome import Outcome, insufficient_data, ok, unmeasured, wasted
from scanners.core.prices import Money
from scanners.core.series import Series


class Machine(Protocol):
    """What a disk is attached to."""

    @property
    def state(self) -> str:
        """As its cloud calls it."""

    @property
    def stopped_at(self) -> datetime | None:
        """When it was stopped, where the cloud tells."""


class Priced(Protocol):
    """A disk with a price."""

    monthly_cost: Money | None


class Attached(Priced, Protocol):
    """A disk that machines have."""

    instance_ids: list[str]

    @property
    def asof(self) -> datetime:
        """The moment that the scan asks about."""

    @property
    def instances(self) -> Sequence[Machine]:
        """Those of the machines that are known."""


def silent(disk: Priced, io: Mapping[str, Series | None], seen: Mapping[str, object]) -> Outcome:
    """Whether these series, of what is read and written, are zero in every hour."""
    if lacking := unmeasured(**io):
        return insufficient_data(*lacking)
    known = [one for one in io.values() if one is not None]
    if any(one.max or one.sum for one in known):
        return ok()
    reason = f"not read and not written in {known[0].samples} hours"
    return wasted(reason, severity="medium", saves=disk.monthly_cost, evidence={**io, **seen})


def only_on_stopped(disk: Attached, stopped: str, longest: timedelta) -> Outcome:
    """Whether every machine that has it has been in the state ``stopped`` for longer."""
    if not disk.instance_ids:
        return ok()
    if len(disk.instances) < len(disk.instance_ids):
        return insufficient_data("instances")
    if any(instance.state != stopped for instance in disk.instances):
        return ok()
    told = [instance.stopped_at for instance in disk.instances]
    since = [moment for moment in told if moment is not None]
    if len(since) < len(told):
        return insufficient_data("stopped_at")
    if disk.asof - max(since) <= longest:
        return ok()
    days = (disk.asof - max(since)).days
    reason = f"attached only to instances that have been stopped for {days} days"
    seen = {"instance_ids": disk.instance_ids, "stopped_at": max(since), "stopped_days": days}
    return wasted(reason, severity="medium", saves=disk.monthly_cost, evidence=seen)
