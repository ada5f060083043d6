"""``sentinel replay``: becomes the program that replays."""

from __future__ import annotations

import os
from datetime import datetime

from cli.exits import CommandError, ExitCode
from cli.roles import become


def run_replay(into: str | None, origin: str | None, since: str | None) -> None:
    """Addresses travel in the environment: a password is not for the list of processes."""
    for name, address in (("SENTINEL_STORE", into), ("SENTINEL_BUS", origin)):
        if address is not None:
            os.environ[name] = address
    become("data_plane.replay", *_since(since))


def _since(text: str | None) -> list[str]:
    if text is None:
        return []
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        line = f'--since "{text}" is no time with its zone; for example 2026-11-21T04:00:00Z'
        raise CommandError(ExitCode.BAD_INPUT, line)
    return ["--since", moment.isoformat()]
