"""One task at work: what an engine gets, and what it owes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from scanners.core.clients import Clients
from scanners.core.limits import Limits
from scanners.core.resource import Place
from scanners.core.rulebook import DEFAULTS, RuleBook
from schemas.event import Event
from schemas.scan import TaskOutcome, TaskSpec

if TYPE_CHECKING:
    from scanners.core.details import Answers

Emit = Callable[[Sequence[Event]], Awaitable[None]]
"""Takes a batch of events, and waits while there are too many (back-pressure)."""
StillOurs = Callable[[], Awaitable[bool]]
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Job:
    """One task with everything that running it needs."""

    task: TaskSpec
    clients: Clients
    emit: Emit
    still_ours: StillOurs
    limits: Limits
    clock: Clock
    book: RuleBook = DEFAULTS
    """Thresholds and exceptions of the scan's client."""
    answers: Answers | None = None
    """Answers of earlier scans. None: none are kept here."""
    sample: int | None = None
    """Of each listing the first page with something on it, and of that so many resources. None: all of all pages."""

    def place(self, region: str = "") -> Place:
        """Where resources of this task are."""
        task = self.task
        return Place(task.scan.provider, task.partition, task.account_id, region or task.region, task.scan.asof)

    def wants(self, *categories: str) -> bool:
        """Whether any of these categories was asked for."""
        return any(category in self.task.scan.categories for category in categories)


class Engine(Protocol):
    """What the package of a provider offers (module ``scanners.<provider>.engine``)."""

    async def discover(self, job: Job) -> TaskOutcome:
        """Who we are and which regions there are. Raises ``CloudError`` when nothing can be seen."""

    async def scan(self, job: Job) -> TaskOutcome:
        """Run the scanners of the task. Raises ``CloudError`` only when the whole task can do nothing."""
