"""``sentinel status``: how the platform of a server is doing, on one screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from cli import names
from cli.api import Api
from cli.asking import FORMS, Form, print_as, with_api
from cli.exits import ExitCode
from cli.text import screen_width, table, wrapped

Answer = Mapping[str, Any]


def print_status(output_format: str) -> int:
    """Print it. Exit 4 when a role that is needed is missing."""
    form = cast("Form", names.choice("--format", output_format, FORMS))

    async def ask(api: Api) -> int:
        found = await api.get("/api/v1/status")
        print_as(found, form, lambda one: told(one, datetime.now(UTC), screen_width()))
        return ExitCode.INCOMPLETE if found["missing_roles"] else ExitCode.CLEAN

    return with_api(ask)


def told(status: Answer, now: datetime, width: int) -> list[str]:
    """Processes, what is missing, what waits, running scans, last failures."""
    return [
        *_processes(status, now),
        *_missing(status),
        *_backlog(status["backlog"]),
        *_running(status["running"], now),
        *_failures(status["failures"], width),
    ]


def _processes(status: Answer, now: datetime) -> list[str]:
    rows = [["ROLES", "STATE", "UP", "TASKS", "LAG", "FAILURES", "PROCESS"]]
    rows += [
        [
            ", ".join(one["roles"]),
            "alive" if one["alive"] else f"silent for {_since(one['seen_at'], now)}",
            _since(one["started_at"], now),
            "-" if one["slots"] is None else f"{one['running']}/{one['slots']}",
            f"{sum(one['lag'].values()):,}" if one["lag"] else "-",
            str(one["failures"]),
            one["instance"],
        ]
        for one in status["processes"]
    ]
    return table(rows)


def _missing(status: Answer) -> Iterator[str]:
    for role in status["missing_roles"]:
        yield f"missing: no {role} is alive (sentinel run {role})"
    for one in status["processes"]:
        for dependency, why in one["missing"].items():
            yield f"missing: {', '.join(one['roles'])} does not reach the {dependency}: {why}"


def _backlog(backlog: Answer) -> Iterator[str]:
    scans = ", ".join(f"{count:,} {state.lower()}" for state, count in backlog["scans"].items())
    tasks = ", ".join(f"{count:,} {state.lower()}" for state, count in backlog["tasks"].items())
    yield f"scans     {scans}"
    yield f"tasks     {tasks}"
    waiting = {name: age for name, age in backlog["outbox_oldest_seconds"].items() if age >= 1}
    for name, age in waiting.items():
        yield f"waiting   the oldest of {name} has not been published for {age:,.0f} s"
    if backlog["dead_letters"]:
        yield f"letters   {backlog['dead_letters']:,} could not be read or stored (sentinel dead-letters list)"


def _running(scans: list[Answer], now: datetime) -> Iterator[str]:
    for scan in scans:
        tasks = ", ".join(f"{count} {state.lower()}" for state, count in scan["tasks"].items())
        account = f"{scan['provider']} {scan['account_id'] or '-'}"
        yield f"running   {scan['scan_id']}  {account}, for {_since(scan['created_at'], now)}: {tasks or 'not planned'}"


def _failures(scans: list[Answer], width: int) -> Iterator[str]:
    for scan in scans:
        account = f"{scan['provider']} {scan['account_id'] or '-'}"
        yield f"{scan['status'].lower():<9} {scan['scan_id']}  {account}"
        if scan["error"]:
            yield from wrapped(scan["error"], width, indent="          ", limit=2)


def _since(moment: str, now: datetime) -> str:
    seconds = max(0, int((now - datetime.fromisoformat(moment)).total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
