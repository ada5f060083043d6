"""What a scan left behind, without what may differ from run to run: the hour of the clock, attempts and offsets."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

import msgspec
from sqlalchemy import Table, select

from data_plane.backbone import Backbone
from schemas.event import decode
from schemas.states import TASK_TERMINAL
from schemas.topics import DEAD_LETTERS, PROGRESS
from stores import ReadSession, progress, scans, tables, tasks
from stores.tasks import TaskRow

Row = tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """Everything that must be the same, whatever was killed meanwhile."""

    status: str
    error: str | None
    tasks: frozenset[Row]
    events: Counter[Row]
    resources: Counter[Row]
    findings: Counter[Row]
    verdicts: frozenset[Row]
    evaluations: Counter[Row]
    settled: Counter[Row]
    twice: list[str] = field(default_factory=list)
    """What is there more than once, or not at all, although it happens once."""

    def differences(self, other: Picture) -> list[str]:
        """In words; none when the two are equal and nothing is there twice."""
        told = [*self.twice, *other.twice]
        for name in [each.name for each in fields(self) if each.name != "twice"]:
            ours, theirs = getattr(self, name), getattr(other, name)
            if ours != theirs:
                told.append(f"{name}: {_difference(ours, theirs)}")
        return told


def _difference(ours: Any, theirs: Any) -> str:
    if isinstance(ours, Counter | frozenset):
        more, less = list(ours - theirs), list(theirs - ours)
        return f"{len(more)} only here {more[:2]}, {len(less)} only there {less[:2]}"
    return f"{ours!r} here, {theirs!r} there"


async def take_picture(backbone: Backbone, scan_id: str) -> Picture:
    """Of a scan that has ended, alone in its store."""
    dead = sum((await backbone.bus.end_offsets(DEAD_LETTERS)).values())
    told = sum((await backbone.bus.end_offsets(PROGRESS)).values())
    async with backbone.store.read() as reading:
        row = await scans.get_scan(reading, None, scan_id)
        found = await tasks.list_tasks(reading, scan_id)
        steps = await progress.after(reading, scan_id, 0, 100_000)
        assert row is not None
        picture = Picture(
            status=row.status,
            error=row.error,
            tasks=frozenset(map(_task, found)),
            events=await _rows(reading, tables.events),
            resources=await _rows(reading, tables.resources),
            findings=await _rows(reading, tables.findings),
            verdicts=frozenset(await _rows(reading, tables.verdicts)),
            evaluations=await _rows(reading, tables.evaluations),
            settled=await _rows(reading, tables.settled_tasks),
        )
    picture.twice.extend(_not_once(picture, found, Counter(_step(step.kind, step.payload) for step in steps)))
    if dead:
        picture.twice.append(f"{dead} dead letters")
    if told < len(steps):
        picture.twice.append(f"{told} messages of progress for {len(steps)} steps")
    return picture


def _not_once(picture: Picture, found: list[TaskRow], steps: Counter[Row]) -> list[str]:
    once = [(kind, "") for kind in ("scan_accepted", "scan_started", "scan_finished")]
    once += [("task_finished", task.task_id) for task in found]
    told = [f"{step} {steps[step]} times" for step in once if steps[step] != 1]
    told += [f"{task.task_id} is {task.status}" for task in found if task.status not in TASK_TERMINAL]
    told += [
        f"{task.task_id} started {steps['task_started', task.task_id]} times in {task.attempt} attempts"
        for task in found
        if steps["task_started", task.task_id] != task.attempt
    ]
    sent, stored = sum(task.outcome.events for task in found if task.outcome), picture.events.total()
    return told if sent == stored else [*told, f"{stored} events stored, {sent} in the outcomes"]


def _step(kind: str, payload: dict[str, Any]) -> Row:
    return (kind, str(payload.get("task_id", "")))


def _task(row: TaskRow) -> Row:
    """Without its offsets, the calls that it took and how long they took."""
    outcome = row.outcome and msgspec.structs.replace(row.outcome, offsets={}, calls={}, throttles=0, measures=())
    return (row.task_id, row.status, msgspec.json.encode(outcome).decode())


async def _rows(reading: ReadSession, table: Table) -> Counter[Row]:
    return Counter(_canonical(dict(row._mapping)) for row in await reading.rows(select(table)))


VARIES = {"time", "attempt", "last_attempt", "judged_attempt", "settled_at"}


def _canonical(row: dict[str, Any]) -> Row:
    if "body" in row:
        row["body"] = _without(msgspec.to_builtins(decode(row["body"])))
        if row["type"].endswith(".measured"):  # once for each service and region; what it cost differs
            del row["body"]["data"]
    if "facts" in row:
        row["facts"] = {name: _without(fact) for name, fact in json.loads(row["facts"]).items()}
    return tuple(f"{name}={json.dumps(value, sort_keys=True, default=str)}" for name, value in _without(row).items())


def _without(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in VARIES}
