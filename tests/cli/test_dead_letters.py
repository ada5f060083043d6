"""``sentinel dead-letters`` over a store, without a server."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.topics import DeadLetter
from stores import dead_letters, open_store
from tests.cli.terminal import sentinel

FIRST, SECOND, CUT = (f"{n:032x}" for n in range(3))
AT = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _kept(home: Path) -> None:
    first = DeadLetter("sentinel.events", 2, 17, "arn:1", "not an event: \x1b[2J", "")
    made = [
        (FIRST, first, b"\xffbody"),
        (SECOND, DeadLetter("sentinel.tasks", 0, 3, "k", "not a task message", ""), b"{}"),
        (CUT, DeadLetter("sentinel.events", -1, -1, "k", "too large", "", truncated=True), b"abc"),
    ]

    async def keep() -> None:
        store = open_store(f"sqlite:///{home / 'sentinel' / 'store.sqlite'}")
        await store.migrate()
        async with store.write() as writing:
            for number, (letter_id, letter, body) in enumerate(made):
                at = AT + timedelta(seconds=number)
                await dead_letters.keep_letter(writing, letter_id, letter, body, "acme", at)
        await store.close()

    (home / "sentinel").mkdir()
    asyncio.run(keep())


def statuses(home: Path) -> dict[str, str]:
    ran = sentinel("dead-letters", "list", "--format", "json", home=home)
    assert ran.code == 0, ran.err
    return {told["id"]: told["status"] for told in map(json.loads, ran.out.splitlines())}


def test_list_and_show(home: Path) -> None:
    ran = sentinel("dead-letters", "list", "--topic", "sentinel.events", home=home)
    assert ran.code == 0, ran.err
    assert [line.split()[0] for line in ran.out.splitlines()[::2]] == [CUT, FIRST]
    assert "not an event: ?[2J" in ran.out
    shown = sentinel("dead-letters", "show", SECOND, home=home)
    assert (shown.code, shown.out) == (0, "{}\n")
    assert "partition 0, offset 3" in shown.err


def test_replay_by_id_and_all_that_are_open(home: Path) -> None:
    ran = sentinel("dead-letters", "replay", FIRST, home=home)
    assert (ran.code, ran.err) == (0, "1 will be sent again by the planner\n")
    assert statuses(home) == {FIRST: "replayed", SECOND: "open", CUT: "open"}
    ran = sentinel("dead-letters", "replay", "--all", home=home)
    assert (ran.code, len(ran.err.splitlines())) == (0, 2)
    assert "1 cannot be: only their beginning was kept" in ran.err
    assert statuses(home) == {FIRST: "replayed", SECOND: "replayed", CUT: "open"}


def test_drop(home: Path) -> None:
    assert sentinel("dead-letters", "drop", "--all", "--topic", "sentinel.events", home=home).code == 0
    assert statuses(home) == {FIRST: "dropped", SECOND: "open", CUT: "dropped"}
    again = sentinel("dead-letters", "drop", FIRST, home=home)
    assert (again.code, len(again.err.splitlines())) == (2, 2)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list", "--topic", "sentinel.event"], 'did you mean "sentinel.events"'),
        (["list", "--status", "opened"], 'did you mean "open"'),
        (["replay"], "--all"),
        (["drop", FIRST, "--all"], "--all"),
        (["show", "nothing"], "sentinel dead-letters list"),
        (["replay", "nothing"], "unknown"),
    ],
)
def test_what_cannot_be_is_told(home: Path, arguments: list[str], told: str) -> None:
    ran = sentinel("dead-letters", *arguments, home=home)
    assert ran.code == 2
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_a_store_that_is_not_there_is_one_line(home: Path) -> None:
    ran = sentinel("dead-letters", "list", home=home, variables={"SENTINEL_HOME": str(home / "empty")})
    assert (ran.code, len(ran.err.splitlines())) == (3, 1)
    assert "sentinel db upgrade" in ran.err or "cannot be opened" in ran.err
