"""``sentinel accounts``: over the API of a server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from cli import names
from cli.api import Api
from cli.asking import FORMS, Form, print_as, with_api
from cli.exits import CommandError, ExitCode
from cli.text import printable, table
from schemas.states import TASK_TERMINAL

PATH: Final = "/api/v1/accounts"
LOOK_SECONDS: Final = 0.5
TOLD: Final = {"created": "new", "known": "known", "closed": "closed", "left_out": "left out"}
"""Lists of a discovery's result, with the word for each."""


def list_accounts(output_format: str) -> int:
    """Print them by name."""
    form = cast("Form", names.choice("--format", output_format, FORMS))

    async def ask(api: Api) -> int:
        print_as(await api.pages(PATH), form, _listed)
        return ExitCode.CLEAN

    return with_api(ask)


def print_setup(account: str, document: str | None, trusted: str | None) -> int:
    """The document itself, and nothing else, on standard output."""
    query = {name: value for name, value in (("format", document), ("trusted", trusted)) if value is not None}

    async def ask(api: Api) -> int:
        told = await api.get(f"{PATH}/{await id_of(api, account)}/setup", **query)
        print(told["text"], end="")
        return ExitCode.CLEAN

    return with_api(ask)


def discover(account: str, asked: Mapping[str, str | None]) -> int:
    """Ask for it, wait for its end, and tell every account. The exit code says whether all could be seen."""

    async def ask(api: Api) -> int:
        body = {"account": await id_of(api, account)} | {k: v for k, v in asked.items() if v is not None}
        accepted = await api.post("/api/v1/organizations/discover", body)
        result = await ended(api, accepted["job_id"])
        print("\n".join(found_lines(result)))
        return ExitCode.INCOMPLETE if result["incomplete"] else ExitCode.CLEAN

    return with_api(ask)


async def ended(api: Api, job_id: str) -> dict[str, Any]:
    """The result of a job. Raises ``CommandError`` with its error."""
    while (job := await api.get(f"/api/v1/jobs/{job_id}"))["status"] not in TASK_TERMINAL:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_SECONDS)
    if job["result"] is None:
        raise CommandError(ExitCode.NO_ACCESS, str(job["error"]))
    result: dict[str, Any] = job["result"]
    return result


async def id_of(api: Api, account: str) -> str:
    """Ours, of an account by either of its ids. Raises ``CommandError``."""
    every = await api.pages(PATH)
    found = [one["account_id"] for one in every if account in {one["account_id"], one["native_id"], one["name"]}]
    if len(found) == 1:
        return str(found[0])
    if found:
        raise CommandError(ExitCode.BAD_INPUT, f'"{account}" is several accounts; name one by its id')
    raise names.unknown("account", account, [one["name"] for one in every], listing="sentinel accounts list")


def _listed(every: Sequence[Mapping[str, Any]]) -> list[str]:
    rows = [["ACCOUNT", "PROVIDER", "NUMBER", "NAME", "UNIT", "STATUS"]]
    rows += [
        [
            one["account_id"],
            one["provider"],
            one["native_id"] or "-",
            printable(one["name"]),
            printable(one["unit_path"] or "-"),
            one["status"],
        ]
        for one in every
    ]
    return table(rows) if every else ["no accounts; add one: sentinel accounts add --help"]


def found_lines(result: Mapping[str, Any]) -> list[str]:
    """A line for each account that a discovery told, and for what could not be seen."""
    rows = [
        [word, one["native_id"], printable(one["name"]), printable(one.get("reason") or one["unit_path"] or "-")]
        for kind, word in TOLD.items()
        for one in result[kind]
    ]
    unseen = [f"not seen: {printable(each)}" for each in result["incomplete"]]
    return [*(table(rows) if rows else ["no accounts were found"]), *unseen]
