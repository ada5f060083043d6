"""The scans of the demo as they run: the board, and the first finding as soon as there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cli.money import written
from cli.text import with_id

if TYPE_CHECKING:
    from cli.board import Board
    from cli.demo.api import Api
    from cli.progress import Progress

LOOK_SECONDS = 0.1


class Follower:
    """Follows scans over the API's progress streams. The board has a line for each API family."""

    def __init__(self, api: Api, board: Board, progress: Progress, width: int) -> None:
        self._api, self._board, self._progress, self._width = api, board, progress, width
        self._tasks: dict[str, dict[str, Any]] = {}

    async def follow(self, scan_ids: Sequence[str]) -> None:
        """Until every scan has ended."""
        first = asyncio.create_task(self._show_first_finding())
        try:
            async with asyncio.TaskGroup() as group:
                for scan_id in scan_ids:
                    group.create_task(self._follow(scan_id))
        finally:
            first.cancel()

    async def _follow(self, scan_id: str) -> None:
        async for kind, payload in self._api.progress(scan_id):
            task = await self._task(scan_id, payload)
            if kind == "scan_finished":
                return
            if task is None:
                continue
            if kind == "task_started":
                self._board.start(_place(task), [task["family"]])
            elif kind in {"task_finished", "task_failed"}:
                self._ended(task, payload, failed=kind == "task_failed")

    async def _task(self, scan_id: str, payload: Mapping[str, Any]) -> dict[str, Any] | None:
        """The task that a step is about; asked of the API once for all tasks of a scan. None for discovery."""
        task_id = payload.get("task_id")
        if task_id is None:
            return None
        if task_id not in self._tasks:
            await self._plan(scan_id)
        task = self._tasks.get(task_id)
        return task if task and task["kind"] == "scan" else None

    async def _plan(self, scan_id: str) -> None:
        scan = await self._api.get(f"/api/v1/scans/{scan_id}")
        for task in scan["tasks"]["items"]:
            self._tasks[task["task_id"]] = task | {"account_id": scan["account_id"]}
            if task["kind"] == "scan":
                self._board.plan(_place(self._tasks[task["task_id"]]), [task["family"]])

    def _ended(self, task: Mapping[str, Any], payload: Mapping[str, Any], *, failed: bool) -> None:
        family, place = task["family"], _place(task)
        self._board.count(
            place, family, resources=int(payload.get("resources", 0)), findings=int(payload.get("findings", 0))
        )
        gaps = [family] if failed or payload.get("gaps") else []
        self._progress.ended(self._board.end(place, [family], gaps=gaps))

    async def _show_first_finding(self) -> None:
        while True:
            found = (await self._api.get("/api/v1/findings", limit=1))["items"]
            if found:
                self._progress.say("\n".join(["first finding", *finding_lines(found[0], self._width)]))
                return
            await asyncio.sleep(LOOK_SECONDS)


def finding_lines(finding: Mapping[str, Any], width: int) -> list[str]:
    """Money, severity, rule and reason, then the id, whole."""
    money = written(finding["monthly_saving"], finding["currency"])
    text = f"{money}  {finding['severity']}  {finding['rule']}: {finding['reason']}"
    return with_id(text, finding["resource_id"], width)


def _place(task: Mapping[str, Any]) -> tuple[str, str]:
    return str(task["account_id"]), str(task["region"])
