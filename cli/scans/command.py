"""``sentinel scans list|show|watch|cancel|retry``: the scans of a server, over its API."""

from __future__ import annotations

import time
from typing import Any, Final, cast
from urllib.parse import quote

from cli import names
from cli.accounts.command import id_of
from cli.api import Api
from cli.asking import FORMS, Form, print_as, with_api
from cli.board import Board
from cli.exits import ExitCode
from cli.follow import Follower
from cli.progress import Progress, open_progress
from cli.scans.telling import listed, told
from cli.text import screen_width
from schemas.states import SCAN_TERMINAL, ScanStatus

STATES: Final = tuple(state.lower() for state in ScanStatus)


def start_scan(account: str, services: str | None, regions: str | None) -> int:
    """Ask for a scan of a stored account."""
    chosen = {"services": services, "regions": regions}
    only = {name: [one.strip() for one in text.split(",")] for name, text in chosen.items() if text is not None}

    async def ask(api: Api) -> int:
        accepted = await api.post("/api/v1/scans", {"account": await id_of(api, account), **only})
        print(f"{accepted['scan_id']} {accepted['status']}")
        print(f"follow it: sentinel scans watch {accepted['scan_id']}")
        return ExitCode.CLEAN

    return with_api(ask)


def list_scans(status: str | None, limit: int, output_format: str) -> int:
    """Print the newest scans."""
    form = cast("Form", names.choice("--format", output_format, FORMS))
    wanted = {} if status is None else {"status": names.choice("--status", status.lower(), STATES).upper()}

    async def ask(api: Api) -> int:
        page = await api.get("/api/v1/scans", **wanted, limit=limit)
        print_as(page["items"], form, lambda items: listed(items, more=page["next_cursor"] is not None))
        return ExitCode.CLEAN

    return with_api(ask)


def show_scan(scan_id: str, output_format: str) -> int:
    """Print all that is known about one scan. The exit code says whether it ended whole."""
    form = cast("Form", names.choice("--format", output_format, FORMS))

    async def ask(api: Api) -> int:
        return _show(await api.get(_path(scan_id)), form)

    return with_api(ask)


def watch_scan(scan_id: str, *, quiet: bool) -> int:
    """Follow a scan to its end, then print what it came to."""

    async def ask(api: Api) -> int:
        await api.get(_path(scan_id))  # an unknown one is told before a screen is drawn
        board = Board(time.monotonic)
        progress = open_progress(board, quiet=quiet)
        try:
            await _watch(api, scan_id, board, progress)
        finally:
            progress.close()
        return _show(await api.get(_path(scan_id)), "table")

    return with_api(ask)


def cancel_scan(scan_id: str) -> int:
    """Cancel a scan."""

    async def ask(api: Api) -> int:
        await api.post(f"{_path(scan_id)}/cancel")
        print(f"{scan_id} is cancelled; what was stored stays, and nothing is resolved by it")
        return ExitCode.CLEAN

    return with_api(ask)


def retry_scan(scan_id: str) -> int:
    """Ask for a new scan of what one missed."""

    async def ask(api: Api) -> int:
        again = await api.post(f"{_path(scan_id)}/retry")
        where = ", ".join(again["regions"]) if again["regions"] else "all enabled regions"
        print(f"{again['scan_id']} looks again at {', '.join(again['services'])} in {where}")
        print(f"follow it: sentinel scans watch {again['scan_id']}")
        return ExitCode.CLEAN

    return with_api(ask)


async def _watch(api: Api, scan_id: str, board: Board, progress: Progress) -> None:
    await Follower(api, board, progress, screen_width()).follow(scan_id)


def _show(scan: dict[str, Any], form: Form) -> int:
    print_as(scan, form, lambda one: told(one, screen_width()))
    return exit_code(scan)


def exit_code(scan: dict[str, Any]) -> ExitCode:
    """0 while it runs and when everything was seen; 4 when something was missed."""
    ended = scan["status"] in SCAN_TERMINAL
    return ExitCode.INCOMPLETE if ended and scan["status"] != ScanStatus.COMPLETED else ExitCode.CLEAN


def _path(scan_id: str) -> str:
    return f"/api/v1/scans/{quote(scan_id, safe='')}"
