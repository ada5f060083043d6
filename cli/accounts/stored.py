"""``sentinel accounts add|test|suspend|activate|delete``: one account, over the API of a server."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cli.accounts.command import PATH, ended, id_of
from cli.api import Api
from cli.asking import with_api
from cli.exits import CommandError, ExitCode
from cli.text import printable


def add(provider: str, name: str, mode: str, fields: Sequence[str], secrets: Sequence[str]) -> int:
    """Add it. Secrets come from files or standard input: an argument would stand in the list of processes."""
    connection = {"mode": mode, **_pairs("--field", fields)}
    connection |= {field: _read(field, place) for field, place in _pairs("--secret-file", secrets).items()}

    async def ask(api: Api) -> int:
        told = await api.post(PATH, {"provider": provider, "name": name, "connection": connection})
        print(f"{told['account_id']} added")
        if external_id := told["connection"].get("external_id"):
            print(
                f"the role has to ask for the external id {external_id}: sentinel accounts setup {told['account_id']}"
            )
        return ExitCode.CLEAN

    return with_api(ask)


def test(account: str) -> int:
    """Try it, and tell what is missing; the exit code says whether anything is."""

    async def ask(api: Api) -> int:
        accepted = await api.post(f"{PATH}/{await id_of(api, account)}/test")
        result = await ended(api, accepted["job_id"])
        print("\n".join(tested_lines(result)))
        return ExitCode.CLEAN if result["complete"] else ExitCode.INCOMPLETE

    return with_api(ask)


def set_status(account: str, status: str) -> int:
    """Suspend it, or let it be reached again."""

    async def ask(api: Api) -> int:
        told = await api.patch(f"{PATH}/{await id_of(api, account)}", {"status": status})
        print(f"{printable(told['name'])} is {told['status']}")
        return ExitCode.CLEAN

    return with_api(ask)


def delete(account: str) -> int:
    """Forget it and its secret."""

    async def ask(api: Api) -> int:
        await api.delete(f"{PATH}/{await id_of(api, account)}")
        print(f"{printable(account)} is deleted, and its secret erased; what scans found stays")
        return ExitCode.CLEAN

    return with_api(ask)


def tested_lines(result: Mapping[str, Any]) -> list[str]:
    """Who we are, and a line for all that a scan would miss."""
    who = result["identity"]
    lines = [f"{printable(who['principal'])} in {who['account_id']}"]
    for one in result["missing"]:
        why = "denied by a policy of the organization" if one["by_organization"] else "not allowed"
        lines.append(f"missing {printable(one['permission'])}: {why}; needed by {', '.join(one['services'])}")
    lines += [f"not enabled: {printable(one)}" for one in result["not_enabled"]]
    lines += [f"failed: {printable(one)}" for one in result["failed"]]
    tried = f"{len(result['tried'])} operations tried, {len(result['untried'])} had nothing to be tried on"
    return [*lines, f"{'nothing is missing; ' if result['complete'] else ''}{tried}"]


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    wrong = next((name for name, equals, value in pairs if not (name and equals and value)), None)
    if wrong is not None:
        raise CommandError(ExitCode.BAD_INPUT, f"{option} takes NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _read(field: str, place: str) -> str:
    try:
        return (sys.stdin.read() if place == "-" else Path(place).read_text()).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise CommandError(ExitCode.BAD_INPUT, f"--secret-file {field}={place}: {reason}") from None
