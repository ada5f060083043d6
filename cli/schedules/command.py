"""``sentinel schedules``: over the API of a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from cli import names
from cli.api import Api
from cli.asking import FORMS, Form, print_as, with_api
from cli.exits import CommandError, ExitCode
from cli.text import printable, table

PATH = "/api/v1/schedules"
Schedule = Mapping[str, Any]


def list_schedules(output_format: str) -> int:
    """Print them by name."""
    form = cast("Form", names.choice("--format", output_format, FORMS))

    async def ask(api: Api) -> int:
        print_as((await api.get(PATH))["items"], form, _listed)
        return ExitCode.CLEAN

    return with_api(ask)


def add_schedule(told: Mapping[str, Any], accounts: str | None, wish: Mapping[str, str | None]) -> int:
    """Make one, and say when it starts."""
    body = {**told, **_wish(wish), "selection": selection_of(accounts or "all")}

    async def ask(api: Api) -> int:
        made = await api.post(PATH, body)
        print(f"{printable(made['name'])} starts {made['starts_at']}")
        return ExitCode.CLEAN

    return with_api(ask)


def change_schedule(name: str, told: Mapping[str, Any], accounts: str | None, wish: Mapping[str, str | None]) -> int:
    """Change what is given."""
    body = {key: value for key, value in told.items() if value is not None} | _wish(wish)
    if accounts is not None:
        body["selection"] = selection_of(accounts)
    return _changed(name, body)


def pause_schedule(name: str, *, paused: bool) -> int:
    """Pause it, or let it go on."""
    return _changed(name, {"paused": paused})


def run_schedule(name: str) -> int:
    """Start a run. The exit code says whether all accounts that are meant are scanned."""

    async def ask(api: Api) -> int:
        started = (await api.post(f"{await _path(api, name)}/run"))["started"]
        print("\n".join(started_lines(started)))
        return ExitCode.INCOMPLETE if started["left_out"] else ExitCode.CLEAN

    return with_api(ask)


def list_runs(name: str, limit: int, output_format: str) -> int:
    """Print the newest runs."""
    form = cast("Form", names.choice("--format", output_format, FORMS))

    async def ask(api: Api) -> int:
        page = await api.get(f"{await _path(api, name)}/runs", limit=limit)
        print_as(page["items"], form, _runs)
        return ExitCode.CLEAN

    return with_api(ask)


def next_starts(name: str, count: int) -> int:
    """One moment a line."""

    async def ask(api: Api) -> int:
        print("\n".join((await api.get(f"{await _path(api, name)}/next", count=count))["items"]))
        return ExitCode.CLEAN

    return with_api(ask)


def delete_schedule(name: str) -> int:
    """Forget it."""

    async def ask(api: Api) -> int:
        await api.delete(await _path(api, name))
        print(f"{printable(name)} is deleted; its scans stay")
        return ExitCode.CLEAN

    return with_api(ask)


def selection_of(text: str) -> dict[str, Any]:
    """``all``, ``group=web``, ``unit=Root/Production``, ``tag=team=shop``, or ids with commas between them."""
    kind, equals, value = text.partition("=")
    if text == "all":
        return {"all": True}
    if equals and kind in {"group", "unit", "tag"}:
        return {"unit_path" if kind == "unit" else kind: value}
    if equals:
        line = f"--accounts {text}: all, group=G, unit=PATH, tag=KEY[=VALUE], or ids with commas between them"
        raise CommandError(ExitCode.BAD_INPUT, line)
    return {"accounts": list(names.split(text) or ())}


def started_lines(started: Mapping[str, Any]) -> list[str]:
    """A line for each scan, and for each account that was left out."""
    rows = [[scan["scan_id"], scan["provider"], scan["native_id"]] for scan in started["scans"]]
    left = [f"left out: {one['account_id']}: {one['reason']}" for one in started["left_out"]]
    return [*(table([["SCAN", "PROVIDER", "ACCOUNT"], *rows]) if rows else ["no scan was started"]), *left]


def _changed(name: str, body: Mapping[str, Any]) -> int:
    async def ask(api: Api) -> int:
        changed = await api.patch(await _path(api, name), body)
        when = "is paused" if changed["paused"] else f"starts {changed['starts_at']}"
        print(f"{printable(changed['name'])} {when}")
        return ExitCode.CLEAN

    return with_api(ask)


async def _path(api: Api, name: str) -> str:
    """Of the schedule of this name or id. Raises ``CommandError`` with the nearest right name."""
    every: Sequence[Schedule] = (await api.get(PATH))["items"]
    found = next((one for one in every if name in {one["name"], one["schedule_id"]}), None)
    if found is None:
        raise names.unknown("schedule", name, [one["name"] for one in every], listing="sentinel schedules list")
    return f"{PATH}/{found['schedule_id']}"


def _wish(wish: Mapping[str, str | None]) -> dict[str, Any]:
    return {key: list(names.split(text) or ()) for key, text in wish.items() if text is not None}


def _listed(every: Sequence[Schedule]) -> list[str]:
    if not every:
        return ["no schedules; the first account brings one, or: sentinel schedules add NAME --cron CRON"]
    rows = [["NAME", "CRON", "TIME ZONE", "ACCOUNTS", "STARTS"]]
    rows += [
        [
            printable(one["name"]),
            one["cron"],
            one["time_zone"],
            printable(_selected(one["selection"])),
            "paused" if one["paused"] else one["starts_at"],
        ]
        for one in every
    ]
    return table(rows)


def _selected(selection: Mapping[str, Any]) -> str:
    if selection.get("all"):
        return "all"
    ((kind, value),) = selection.items()
    return f"{len(value)} by id" if kind == "accounts" else f"{kind.removesuffix('_path')}={value}"


def _runs(every: Sequence[Mapping[str, Any]]) -> list[str]:
    rows = [["STARTED", "DUE", "SCANS", "LEFT OUT"]]
    rows += [
        [
            one["started_at"],
            one["due_at"] or "asked for",
            str(len(one["started"]["scans"])),
            str(len(one["started"]["left_out"])),
        ]
        for one in every
    ]
    return table(rows) if every else ["no runs yet"]
