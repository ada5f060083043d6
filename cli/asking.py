"""What the commands over the API share: one connection a command, and an answer as lines or as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

from cli.api import Api, open_api
from cli.configuration import load_settings

Form = Literal["table", "json"]
FORMS: Final[tuple[Form, ...]] = ("table", "json")


def with_api(ask: Callable[[Api], Awaitable[int]]) -> int:
    """Run against the API of the settings. Raises ``CommandError`` where none answers."""

    async def run() -> int:
        async with open_api(load_settings()) as api:
            return await ask(api)

    return asyncio.run(run())


def print_as(document: Any, form: Form, as_lines: Callable[[Any], list[str]]) -> None:  # noqa: ANN401 - any JSON value
    """To standard output."""
    print(json.dumps(document, indent=2) if form == "json" else "\n".join(as_lines(document)))
