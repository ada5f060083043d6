"""What is judged of virtual machines in the same way in every cloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from scanners.core.outcome import Outcome, excluded, insufficient_data, ok, unmeasured, wasted
from scanners.core.prices import Money, total
from scanners.core.series import Series

MB: Final = 1_000_000


class Running(Protocol):
    """A machine that runs."""

    cpu: Series | None
    network_in: Series | None
    network_out: Series | None
    monthly_cost: Money | None

    @property
    def slowed_down(self) -> bool:
        """Whether it has spent its CPU credits."""


class Paid(Protocol):
    """Something that is paid beside the machine."""

    id: str
    monthly_cost: Money | None


class Off(Protocol):
    """A machine that does not run."""

    @property
    def asof(self) -> datetime:
        """The moment that the scan asks about."""

    @property
    def addresses(self) -> Sequence[Paid]:
        """Its public addresses."""


def quiet(vm: Running, cpu_percent: float, mb_a_day: float, seen: Mapping[str, object]) -> Outcome:
    """Whether the 95th percentile of its hourly CPU peaks and its traffic are near zero."""
    cpu, received, sent = vm.cpu, vm.network_in, vm.network_out
    lacking = unmeasured(cpu=cpu, network_in=received, network_out=sent)
    if lacking or cpu is None or received is None or sent is None:
        return insufficient_data(*lacking)
    traffic = (received.per_day() + sent.per_day()) / MB
    if cpu.p95 >= cpu_percent or traffic >= mb_a_day:
        return ok()
    if vm.slowed_down:
        return excluded("burstable with its CPU credits spent: it is slowed down, not idle")
    reason = f"95 % of the hours peak below {cpu.p95:.1f} % CPU, {traffic:.1f} MB of traffic a day"
    evidence = {"cpu": cpu, "network_mb_a_day": round(traffic, 3), **seen}
    return wasted(reason, severity="high", saves=vm.monthly_cost, evidence=evidence)


def long_off(vm: Off, since: datetime | None, longest: timedelta, word: str = "stopped") -> Outcome:
    """Whether it has been off for longer. The saving counts its addresses; its disks are findings of their own."""
    if since is None:
        return insufficient_data(f"{word}_at")
    if vm.asof - since <= longest:
        return ok()
    days = (vm.asof - since).days
    paid = {address.id: address.monthly_cost for address in vm.addresses}
    seen = {f"{word}_at": since, "stopped_days": days, "addresses": paid, "disks": "see disk.on_stopped_vm"}
    return wasted(f"{word} for {days} days", severity="medium", saves=total(paid.values()), evidence=seen)
