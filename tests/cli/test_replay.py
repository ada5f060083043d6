"""``sentinel replay`` as a person calls it. What it rebuilds is tested where it stands."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bus import Outgoing, open_bus
from schemas.event import encode
from schemas.topics import EVENTS, TOPICS
from tests.cli.terminal import sentinel
from tests.data_plane.scripted import event_of, task_of, wasted


@pytest.fixture
def bus(home: Path) -> str:
    """With 31 events and one message that is none."""
    url = f"sqlite:///{home / 'bus.sqlite'}"
    events = [event_of(task_of(), number) for number in range(30)] + [wasted(task_of(), 3)]

    async def fill() -> None:
        opened = open_bus(url)
        await opened.start(TOPICS)
        await opened.sender().send([Outgoing(EVENTS, event.subject, encode(event)) for event in events])
        await opened.sender().send([Outgoing(EVENTS, "k", b"poison")])
        await opened.close()

    asyncio.run(fill())
    return url


def test_facts_are_rebuilt_as_often_as_one_likes(home: Path, bus: str) -> None:
    into = f"sqlite:///{home / 'rebuilt.sqlite'}"
    for _ in range(2):
        ran = sentinel("replay", "--into", into, "--from", bus, home=home)
        assert ran.code == 0, ran.err
        assert ran.err.splitlines() == [
            f"31 events and 0 settled tasks replayed into {into}",
            "1 messages could not be read or stored: sentinel dead-letters list",
            "the store holds 31 events, 30 resources, 1 findings",
        ]


def test_only_scans_since_a_time(home: Path, bus: str) -> None:
    """The scan was accepted at 04:00."""
    for since, stored in (("2026-11-21T04:00:01Z", 0), ("2026-11-21T05:00:00+01:00", 31)):
        ran = sentinel("replay", "--from", bus, "--since", since, home=home)
        assert ran.code == 0, ran.err
        assert f"{stored} events and" in ran.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--since", "yesterday"], 2, "2026-11-21T04:00:00Z"),
        (["--since", "2026-11-21T04:00:00"], 2, "zone"),
        (["--from", "sqlite:////nowhere/bus.sqlite"], 3, "there is no bus at /nowhere/bus.sqlite"),
        (["--from", "amqp://x"], 2, "amqp://x"),
        (["--into", "mysql://me:secret@x/y"], 2, "mysql://"),
    ],
)
def test_what_cannot_be_is_one_line(home: Path, bus: str, arguments: list[str], code: int, told: str) -> None:
    ran = sentinel("replay", *arguments, home=home, variables={"SENTINEL_BUS": bus})
    assert (ran.code, len(ran.err.splitlines())) == (code, 1), ran.err
    assert told in ran.err
    assert "secret" not in ran.err
