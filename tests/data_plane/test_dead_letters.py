"""What was refused, kept and sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from bus import MAX_MESSAGE_BYTES, Message, Outgoing, size_bytes
from data_plane.backbone import Backbone
from data_plane.dead_letters import bury, letter
from data_plane.letters import read_letter, store_letters
from data_plane.materializer import store
from data_plane.relay import relay_letters
from data_plane.retention import drop_what_is_old
from schemas.event import encode, utc_now
from schemas.topics import DEAD_LETTERS, EVENTS, SCANS, DeadLetter
from stores import dead_letters, scans
from stores.dead_letters import LetterFilters, LetterRow
from tests.data_plane.scripted import event_of, spec_of, task_of
from tests.data_plane.test_planner import messages_of


def message(value: bytes, key: str = "k", headers: dict[str, str] | None = None, topic: str = EVENTS) -> Message:
    return Message(topic, 1, 7, key, value, utc_now(), headers or {})


def received(sent: Outgoing) -> Message:
    return Message(sent.topic, 0, 0, sent.key, sent.value, utc_now(), sent.headers)


async def kept(backbone: Backbone) -> list[LetterRow]:
    """All of them, the oldest first, as a materializer keeps them."""
    await store_letters(backbone, await messages_of(backbone, DEAD_LETTERS))
    async with backbone.store.read() as reading:
        short = await dead_letters.find_letters(reading, LetterFilters(), limit=100)
        whole = [await dead_letters.get_letter(reading, None, row.id) for row in reversed(short)]
    return [row for row in whole if row is not None]


async def ask_again(backbone: Backbone, letter_id: str) -> None:
    async with backbone.store.write() as writing:
        done = await dead_letters.replay_letters(writing, LetterFilters(id=letter_id), utc_now())
    assert done.replayed == 1
    assert await relay_letters(backbone) == 1
    assert await relay_letters(backbone) == 0


@pytest.mark.parametrize("body", [b"", b"{}", "clé ☁".encode(), bytes(range(256)), b"x" * 980_000, b"\0" * 30])
def test_a_dead_letter_holds_its_original_whole(body: bytes) -> None:
    made = letter(message(body, headers={"content-type": "a/b"}), "why")
    told, original = read_letter(received(made))
    assert original == body
    assert (told.topic, told.partition, told.offset, told.key, told.reason) == (EVENTS, 1, 7, "k", "why")
    assert (told.headers, told.truncated) == ({"content-type": "a/b"}, False)


@pytest.mark.parametrize(
    ("key", "body"),
    [("k", b"\xff" * 999_000), ("k" * 500_000, b"x" * 400_000), ("☁" * 300_000, b""), ("k", b"\0" * 900_000)],
)
def test_what_no_message_can_hold_is_cut_and_says_so(key: str, body: bytes) -> None:
    made = letter(message(body, key, {"h": "x" * 9000}), "why" * 5000)
    assert size_bytes(made) <= MAX_MESSAGE_BYTES
    told, _ = read_letter(received(made))
    assert told.truncated
    assert len(told.key) <= 1024


async def test_what_is_sent_again_arrives_as_it_was_and_is_refused_by_its_first_name(backbone: Backbone) -> None:
    await bury(backbone.bus, [(message(b"poison", "arn:1", {"content-type": "a/b"}), "not an event")])
    (first,) = await kept(backbone)
    await ask_again(backbone, first.id)
    (again,) = await messages_of(backbone, EVENTS)
    assert (again.key, again.value) == ("arn:1", b"poison")
    assert again.headers == {"content-type": "a/b", "sentinel-replay-of": first.id}
    await store(backbone, [again])
    _, second = await kept(backbone)
    assert (second.replay_of, second.status, second.replays) == (first.id, "open", 0)
    await ask_again(backbone, second.id)
    again = (await messages_of(backbone, EVENTS))[-1]
    assert again.headers == {"content-type": "a/b", "sentinel-replay-of": first.id}


async def test_a_good_message_that_is_sent_again_is_stored(backbone: Backbone) -> None:
    """It was refused by an older version, say."""
    event = event_of(task_of(), 1)
    await bury(backbone.bus, [(message(encode(event), event.subject), "not an event")])
    (row,) = await kept(backbone)
    assert row.client_id == "acme"
    await ask_again(backbone, row.id)
    await store(backbone, await messages_of(backbone, EVENTS))
    assert len(await messages_of(backbone, DEAD_LETTERS)) == 1


async def test_the_same_refusal_twice_is_one_row(backbone: Backbone) -> None:
    for _ in range(2):
        await bury(backbone.bus, [(message(b"poison"), "why"), (message(b"venom"), "why")])
    assert sorted(row.body or b"" for row in await kept(backbone)) == [b"poison", b"venom"]


async def test_a_request_that_comes_while_it_is_sent_is_not_lost(backbone: Backbone) -> None:
    await bury(backbone.bus, [(message(b"poison"), "why")])
    (row,) = await kept(backbone)
    async with backbone.store.write() as writing:
        await dead_letters.replay_letters(writing, LetterFilters(), utc_now())
        read_before: Sequence[LetterRow] = await dead_letters.unpublished_letters(writing, 10)
        await dead_letters.replay_letters(writing, LetterFilters(), utc_now())
        await dead_letters.mark_letters_published(writing, read_before, utc_now())
        (waiting,) = await dead_letters.unpublished_letters(writing, 10)
    assert (waiting.id, waiting.replays) == (row.id, 2)


async def test_the_client_of_a_task_message_is_that_of_its_scan(backbone: Backbone) -> None:
    async with backbone.store.write() as writing:
        await scans.insert_scan(writing, spec_of("scan-1"), utc_now())
    await bury(backbone.bus, [(message(b'{"scan_id": "scan-1"}'), "why"), (message(b'{"scan_id": "none"}'), "why")])
    assert sorted(str(row.client_id) for row in await kept(backbone)) == ["None", "acme"]


@pytest.mark.parametrize(
    "changes",
    [
        {"topic": "nowhere"},
        {"partition": 2**40},
        {"offset": -2},
        {"replay_of": "a\0"},
        {"body": "?", "encoding": "base64"},
    ],
)
def test_a_letter_that_cannot_be_is_the_original_of_its_own(changes: dict[str, object]) -> None:
    told = msgspec.structs.replace(DeadLetter(SCANS, 0, 0, "k", "why", "body"), **changes)
    poison = msgspec.json.encode(told)
    own, body = read_letter(message(poison, topic=DEAD_LETTERS))
    assert body == poison
    assert (own.topic, own.partition, own.offset) == (DEAD_LETTERS, 1, 7)
    assert own.reason.startswith("not a dead letter")


async def test_the_retention_takes_old_letters(backbone: Backbone) -> None:
    await bury(backbone.bus, [(message(b"poison"), "why")])
    assert len(await kept(backbone)) == 1
    later = replace(backbone, clock=lambda: utc_now() + timedelta(days=15))
    left = []
    for at in (backbone, later):
        await drop_what_is_old(at, asyncio.Event())
        async with backbone.store.read() as reading:
            left.append(len(await dead_letters.find_letters(reading, LetterFilters(), limit=100)))
    assert left == [1, 0]
