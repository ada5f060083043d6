"""Scans as they run on a server: the board, and where it is wanted the first finding as soon as there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cli.money import written
from cli.text import wrapped

if TYPE_CHECKING:
    from cli.api import Api
    from cli.board import Board
    from cli.progress import Progress

LOOK_SECONDS = 0.1


class Follower:
    """Follows scans over the API's progress streams. The board has a line for each service."""

    def __init__(self, api: Api, board: Board, progress: Progress, width: int) -> None:
        self._api, self._board, self._progress, self._width = api, board, progress, width
        self._tasks: dict[str, dict[str, Any]] = {}
        self._unplanned: set[str] = set()
        self._held: list[str] = []
        """Services that ended while other scans, which may have them too, were not planned yet."""

    async def follow(self, *scan_ids: str) -> None:
        """Until every scan has ended."""
        self._unplanned.update(scan_ids)
        await asyncio.gather(*(self._follow(scan_id) for scan_id in scan_ids))

    async def follow_to_first_finding(self, scan_ids: Sequence[str]) -> None:
        """The same, and the first finding is shown as soon as it is stored."""
        first = asyncio.create_task(self._show_first_finding())
        try:
            await self.follow(*scan_ids)
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
                self._board.start(_place(task), task["services"])
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
        if any(task["kind"] == "scan" for task in scan["tasks"]["items"]):
            self._unplanned.discard(scan_id)
        for task in scan["tasks"]["items"]:
            self._tasks[task["task_id"]] = task | {"account_id": scan["account_id"]}
            if task["kind"] == "scan":
                self._board.plan(_place(self._tasks[task["task_id"]]), task["services"])
        if not self._unplanned:
            self._progress.ended([service for service in dict.fromkeys(self._held) if self._board.done(service)])
            self._held.clear()

    def _ended(self, task: Mapping[str, Any], payload: Mapping[str, Any], *, failed: bool) -> None:
        services, place = task["services"], _place(task)
        resources: Mapping[str, int] = payload.get("resources") or {}
        findings: Mapping[str, int] = payload.get("findings") or {}
        for service in services:
            self._board.count(place, service, resources=resources.get(service, 0), findings=findings.get(service, 0))
        ended = self._board.end(place, services, gaps=services if failed else payload.get("gaps") or [])
        if self._unplanned:
            self._held += ended
        else:
            self._progress.ended(ended)

    async def _show_first_finding(self) -> None:
        while True:
            found = (await self._api.get("/api/v1/findings", limit=1))["items"]
            if found:
                self._progress.say("\n".join(["first finding", *finding_lines(found[0], self._width)]))
                return
            await asyncio.sleep(LOOK_SECONDS)


def finding_lines(finding: Mapping[str, Any], width: int) -> list[str]:
    """Money, severity, rule and the whole reason, then the id, whole."""
    money = written(finding["monthly_saving"], finding["currency"])
    text = f"{money}  {finding['severity']}  {finding['rule']}: {finding['reason']}"
    return [*wrapped(text, width, indent="  "), f"    {finding['resource_id']}"]


def _place(task: Mapping[str, Any]) -> tuple[str, str]:
    return str(task["account_id"]), str(task["region"])
