"""What could not be read or stored goes here, with the reason; nothing is dropped in silence."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from bus import MAX_MESSAGE_BYTES, Bus, Message, Outgoing, size_bytes
from schemas.instruments import REFUSED
from schemas.topics import DEAD_LETTERS, REPLAY_OF, DeadLetter

LONGEST_CUT = 32 * 1024
"""Bytes that are kept of a body that does not fit into a message as a whole; enough to see what it was."""
LONGEST_KEY = 1024
LONGEST_REASON = 1000
"""Characters. A reason may repeat what it is about."""

NOWHERE = -1
"""Partition and offset of what was refused before it was sent."""

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading a message raises because of the message: no JSON, another shape, no UTF-8, nested without an end."""

HEADERS = {"content-type": "application/json"}


def check_id(told: str) -> None:
    """What a message refers to. Raises ``msgspec.ValidationError`` for what no database can look for."""
    if not told.isprintable():
        raise msgspec.ValidationError(f"there is no id {told[:100]!r}")


def letter(message: Message, reason: str) -> Outgoing:
    """The dead letter of one message."""
    place = message.topic, message.partition, message.offset
    return _fitting(place, message.key, message.value, reason, message.headers)


def unsent(topic: str, key: str, value: bytes, reason: str) -> Outgoing:
    """The dead letter of something that was never sent."""
    return _fitting((topic, NOWHERE, NOWHERE), key, value, reason, {})


async def bury(bus: Bus, refused: Sequence[tuple[Message, str]]) -> None:
    """Publish dead letters, durably: only then may the position move on. Raises ``BusError``."""
    if not refused:
        return
    sender = bus.sender()
    await sender.send([letter(message, reason) for message, reason in refused])
    await sender.flush()
    for message, _ in refused:
        REFUSED.labels(message.topic).inc()


def _fitting(place: tuple[str, int, int], key: str, value: bytes, reason: str, headers: Mapping[str, str]) -> Outgoing:
    """Whole where a message can hold it, else its beginning: a dead letter is never too large itself."""
    told = DeadLetter(
        *place,
        key,
        reason[:LONGEST_REASON],
        *_body(value),
        headers={name: text for name, text in headers.items() if name != REPLAY_OF},
        replay_of=headers.get(REPLAY_OF),
    )
    whole = _outgoing(told)
    if size_bytes(whole) <= MAX_MESSAGE_BYTES:
        return whole
    beginning = value[:LONGEST_CUT].decode(errors="replace")
    cut = DeadLetter(*place, key[:LONGEST_KEY], told.reason, beginning, truncated=True)
    return _outgoing(cut)


def _outgoing(told: DeadLetter) -> Outgoing:
    return Outgoing(DEAD_LETTERS, told.key, msgspec.json.encode(told), HEADERS)


def _body(value: bytes) -> tuple[str, Literal["text", "base64"]]:
    try:
        return value.decode(), "text"
    except UnicodeDecodeError:
        return base64.b64encode(value).decode(), "base64"
