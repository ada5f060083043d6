"""Run one task: the only door to the scanners, for a worker and for the command line alike."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import cast

from scanners.core.clients import Clients
from scanners.core.details import Answers
from scanners.core.errors import TaskLostError
from scanners.core.job import Clock, Emit, Engine, Job, StillOurs
from scanners.core.limits import Limits
from scanners.core.registry import operations_of
from scanners.core.rulebook import DEFAULTS, RuleBook, load_rulebook
from schemas.event import Event, utc_now
from schemas.organization import Membership
from schemas.scan import TaskOutcome, TaskSpec

__all__ = [
    "Clients",
    "Clock",
    "Emit",
    "Limits",
    "RuleBook",
    "StillOurs",
    "TaskLostError",
    "list_members",
    "load_rulebook",
    "operations_of",
    "run_task",
]


async def run_task(
    task: TaskSpec,
    clients: Clients,
    *,
    emit: Emit,
    still_ours: StillOurs,
    limits: Limits,
    clock: Clock = utc_now,
    book: RuleBook = DEFAULTS,
    answers: Answers | None = None,
    sample: int | None = None,
) -> TaskOutcome:
    """Do the task and report it; ``offsets`` of the outcome are the caller's. With ``sample`` it is only tried.

    Raises ``CloudError`` only when the whole task can do nothing (no credentials; throttled at the first call; for a
    discover task also: nothing answers), and ``TaskLostError`` when ``still_ours`` says no. Everything else that goes
    wrong ends in the coverage. Event data depend on the cloud's answers and ``asof`` only.
    """
    engine = cast("Engine", importlib.import_module(f"scanners.{task.scan.provider}.engine"))
    job = Job(task, clients, emit, still_ours, limits, clock, book.of_client(task.scan.client_id), answers, sample)
    return await (engine.discover(job) if task.kind == "discover" else engine.scan(job))


async def list_members(
    task: TaskSpec,
    clients: Clients,
    root: str | None,
    *,
    still_ours: StillOurs,
    limits: Limits,
    clock: Clock = utc_now,
) -> Membership:
    """The accounts of the organization that the task's account belongs to. ``task`` says who we are there.

    Raises ``CloudError`` for what cannot be seen at all, ``InvalidInputError`` for a root that is none.
    """
    organization = importlib.import_module(f"scanners.{task.scan.provider}.organization")
    job = Job(task, clients, _drop, still_ours, limits, clock)
    found: Membership = await organization.members(job, root)
    return found


async def _drop(events: Sequence[Event]) -> None:
    """Accounts are no facts."""
