"""Dead letters are kept: one row each. What stands on their topic and is no dead letter is one itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
import structlog

from bus import Message
from data_plane.backbone import Backbone
from data_plane.dead_letters import LONGEST_REASON, UNREADABLE
from data_plane.pausing import Stop
from schemas.topics import DEAD_LETTERS, EVENTS, REPLAY_OF, DeadLetter, is_topic
from stores import WriteSession, dead_letters, scans

GROUP = "dead-letters"
BATCH = 20
"""Messages of up to a megabyte each."""
LONGEST_ID = 64
MOST = 2**31 - 1

log = structlog.get_logger("data_plane.materializer")


class _Whose(msgspec.Struct):
    """What our messages tell of their client."""

    clientid: str = ""
    client_id: str = ""
    scan_id: str = ""


async def keep_letters(backbone: Backbone, stop: Stop) -> None:
    """Until stopped."""
    consumer = await backbone.bus.subscribe([DEAD_LETTERS], GROUP)
    try:
        while not stop.is_set():
            messages = await consumer.fetch(BATCH, timeout=backbone.settings.tick_seconds)
            if messages:
                await store_letters(backbone, messages)
                await consumer.commit({(m.topic, m.partition): m.offset + 1 for m in messages})
    finally:
        await consumer.close()


async def store_letters(backbone: Backbone, messages: Sequence[Message]) -> None:
    """Store one fetch. A letter that comes twice is one."""
    async with backbone.store.write() as writing:
        for message in messages:
            await _store(writing, message, backbone.settings.events_topic)


async def _store(writing: WriteSession, message: Message, template: str) -> None:
    letter, body = read_letter(message, template)
    client_id = await _client_of(writing, body)
    found = letter_id(letter, body)
    if await dead_letters.keep_letter(writing, found, letter, body, client_id, message.timestamp):
        log.error("dead_letter", id=found, topic=letter.topic, reason=letter.reason)


def read_letter(message: Message, template: str = EVENTS) -> tuple[DeadLetter, bytes]:
    """The letter and the body of its original. A message that is none is the original of one of its own."""
    try:
        letter = msgspec.json.decode(message.value, type=DeadLetter)
        _check(letter, template)
        return letter, letter.content()
    except (*UNREADABLE, ValueError) as error:
        reason = f"not a dead letter: {error}"[:LONGEST_REASON]
        replay_of = message.headers.get(REPLAY_OF)
        place = message.topic, message.partition, message.offset
        own = DeadLetter(*place, message.key, reason, "", replay_of=replay_of and _plain(replay_of))
        return own, message.value


def _check(letter: DeadLetter, template: str) -> None:
    """What the types do not say. Raises ``ValueError``."""
    if not is_topic(letter.topic, template):
        raise ValueError(f"there is no topic {letter.topic[:100]!r}")
    if not -1 <= letter.partition <= MOST or not -1 <= letter.offset < 2**63:
        raise ValueError(f"there is no partition {letter.partition} or offset {letter.offset}")
    if letter.replay_of is not None and letter.replay_of != _plain(letter.replay_of):
        raise ValueError("replay_of is no id")


def letter_id(letter: DeadLetter, body: bytes) -> str:
    """The same for the same refusal of the same message (32 hex digits)."""
    place = "\x1f".join((letter.topic, str(letter.partition), str(letter.offset), letter.key)).encode()
    return hashlib.blake2b(place + b"\x1f" + body, digest_size=16).hexdigest()


def _plain(text: str) -> str:
    """As an id can be: short, and without anything that a database refuses."""
    return "".join(character for character in text if character.isalnum() or character in "-_")[:LONGEST_ID]


async def _client_of(writing: WriteSession, body: bytes) -> str | None:
    try:
        whose = msgspec.json.decode(body, type=_Whose)
    except UNREADABLE:
        return None
    told = whose.clientid or whose.client_id
    if not told and whose.scan_id.isprintable():
        scan = await scans.get_scan(writing, None, whose.scan_id)
        told = scan.spec.client_id if scan else ""
    return told if told and told.isprintable() else None
