"""``sentinel findings list|show|ignore|resolve|reopen``: the findings of a server, over its API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

from cli import names
from cli.api import Api
from cli.asking import FORMS, Form, print_as, with_api
from cli.exits import ExitCode
from cli.findings.telling import decided, listed, told
from cli.text import printable, screen_width

PATH = "/api/v1/findings"


def list_findings(asked: Mapping[str, str | None], limit: int, output_format: str) -> int:
    """Print them. The exit code says whether all was seen that they rest on."""
    form = cast("Form", names.choice("--format", output_format, FORMS))
    wanted = {name: value for name, value in asked.items() if value is not None}

    async def ask(api: Api) -> int:
        page = await api.get(PATH, **wanted, limit=limit)
        print_as(page, form, lambda one: [printable(line) for line in listed(one, screen_width())])
        seen = page["coverage"]
        return ExitCode.CLEAN if seen and seen["complete"] else ExitCode.INCOMPLETE

    return with_api(ask)


def show_finding(finding_id: str, output_format: str) -> int:
    """Print all that is known about one finding."""
    form = cast("Form", names.choice("--format", output_format, FORMS))

    async def ask(api: Api) -> int:
        path = f"{PATH}/{quote(finding_id, safe='')}"
        found = {**await api.get(path), "history": await api.pages(f"{path}/history")}
        print_as(found, form, lambda one: [printable(line) for line in told(one, screen_width())])
        return ExitCode.CLEAN

    return with_api(ask)


def decide(finding_ids: Sequence[str], decision: Mapping[str, Any]) -> int:
    """The same about all of them, at once. The exit code says whether it could be decided about each."""
    body = {"ids": list(finding_ids), **{name: value for name, value in decision.items() if value is not None}}

    async def ask(api: Api) -> int:
        answer = await api.post(f"{PATH}/bulk", body)
        print("\n".join(decided(answer)))
        refused = any(each["result"] in {"conflict", "not_found"} for each in answer["results"])
        return ExitCode.BAD_INPUT if refused else ExitCode.CLEAN

    return with_api(ask)
