"""One scan in this process: discover, plan, and all tasks at once within a bound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from schemas.errors import CloudError
from schemas.event import Event
from schemas.scan import Coverage, Discovery, PlannedTask, ScanSpec, TaskOutcome, TaskSpec

PATIENCE_SECONDS: Final = 0.5

if TYPE_CHECKING:
    from cli.board import Board
    from cli.progress import Progress
    from cli.scan.findings import Findings
    from cli.scan.output import Lines
    from cli.scan.tally import Tally
    from scanners.core.clients import Clients
    from scanners.core.details import Answers
    from scanners.core.limits import Limits
    from scanners.core.run import RuleBook
    from schemas.settings import Settings


@dataclass(slots=True)
class ScanRun:
    """The scan while it runs. Raises ``CloudError`` from ``run`` when nothing of the account can be seen."""

    spec: ScanSpec
    clients: Clients
    limits: Limits
    lines: Lines
    tally: Tally
    board: Board
    progress: Progress
    settings: Settings
    clock: Callable[[], datetime]
    book: RuleBook
    """Thresholds and exceptions."""
    answers: Answers | None = None
    """Those of earlier scans."""
    discovery: Discovery | None = None
    planned: list[PlannedTask] = field(default_factory=list)
    findings: Findings | None = None
    """For a report: each finding and each gap, where the tally only counts."""

    async def run(self) -> None:
        """To the end, whatever is denied on the way."""
        from scanners.core.plan import plan

        await self._discover()
        if self.discovery is None:
            return
        self.planned = plan(self.spec.provider, self.spec.services, self.spec.regions, self.discovery)
        self.tally.plan(self.planned)
        for task in self.planned:
            self.board.plan(task.region, task.services)
        slots = asyncio.Semaphore(self.settings.worker_tasks)
        try:
            async with asyncio.TaskGroup() as group:
                for task in self.planned:
                    group.create_task(self._scan(task, slots))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _discover(self) -> None:
        """Who we are and which regions there are; says so when the answer takes a moment."""
        waiting = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self.progress.say, "asking who we are")
        try:
            outcome = await self._task(self._task_spec(None))
        finally:
            waiting.cancel()
        self._count(outcome)
        self.discovery = found = outcome.discovery
        if found is not None:
            self.tally.not_enabled.update(set(self.spec.regions or ()) - set(found.regions))
            self.progress.say(f"scanning account {found.account_id} as {found.principal}, read only; Ctrl-C stops")

    async def _scan(self, planned: PlannedTask, slots: asyncio.Semaphore) -> None:
        place = planned.region
        async with slots:
            self.board.start(place, planned.services)
            try:
                outcome = await self._task(self._task_spec(planned))
            except CloudError as error:
                for service in planned.services:
                    self._lose(_lost(service, place, error))
                self.progress.ended(self.board.end(place, planned.services, gaps=planned.services))
                return
        self._count(outcome)
        for service, resources in outcome.resources.items():
            self.board.count(place, service, resources=resources)
        gaps = {coverage.service for coverage in outcome.coverage if coverage.is_gap}
        self.progress.ended(self.board.end(place, planned.services, gaps=gaps))

    async def _task(self, task: TaskSpec) -> TaskOutcome:
        from connections.raw import keeping
        from scanners.core.run import run_task

        with keeping(task, self.settings, self.clock):
            return await run_task(
                task,
                self.clients,
                emit=self._emit,
                still_ours=_ours,
                limits=self.limits,
                clock=self.clock,
                book=self.book,
                answers=self.answers,
            )

    async def _emit(self, events: Sequence[Event]) -> None:
        self.lines.write(events)
        for event in events:
            if self.tally.event(event):
                self.board.count(event.region, event.service, findings=1)
                if self.findings is not None:
                    self.findings.event(event)

    def _count(self, outcome: TaskOutcome) -> None:
        self.tally.outcome(outcome)
        if self.findings is not None:
            self.findings.outcome(outcome)

    def _lose(self, coverage: Coverage) -> None:
        self.tally.gap(coverage)
        if self.findings is not None:
            self.findings.gaps.append(coverage)

    def _task_spec(self, planned: PlannedTask | None) -> TaskSpec:
        if planned is None or self.discovery is None:
            return TaskSpec(scan=self.spec, task_id=uuid4().hex, kind="discover", attempt=1)
        return TaskSpec(
            scan=self.spec,
            task_id=uuid4().hex,
            kind="scan",
            attempt=1,
            account_id=self.discovery.account_id,
            partition=self.discovery.partition,
            principal=self.discovery.principal,
            family=planned.family,
            region=planned.region,
            services=planned.services,
        )


async def _ours() -> bool:
    return True


def _lost(service: str, region: str, error: CloudError) -> Coverage:
    return Coverage(
        service=service,
        region=region,
        status="failed",
        scope="region",
        operation=error.operation,
        reason=str(error),
    )
