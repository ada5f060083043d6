"""What could not be read or stored goes here, with the reason; nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bus import Bus, Message, Outgoing
from schemas.topics import DEAD_LETTERS, DeadLetter

LONGEST_BODY = 32 * 1024
"""Characters of the original that travel with a dead letter; enough to see what it was."""

NOWHERE = -1
"""Partition and offset of what was refused before it was sent."""


def letter(topic: str, partition: int, offset: int, key: str, value: bytes, reason: str) -> Outgoing:
    """The dead letter of one message."""
    body = value[:LONGEST_BODY].decode(errors="replace")
    content = DeadLetter(topic=topic, partition=partition, offset=offset, key=key, reason=reason, body=body)
    return Outgoing(DEAD_LETTERS, key, msgspec.json.encode(content), {"content-type": "application/json"})


def unsent(topic: str, key: str, value: bytes, reason: str) -> Outgoing:
    """The dead letter of something that was never sent."""
    return letter(topic, NOWHERE, NOWHERE, key, value, reason)


async def bury(bus: Bus, refused: Sequence[tuple[Message, str]]) -> None:
    """Publish dead letters, durably: only then may the position move on. Raises ``BusError``."""
    if not refused:
        return
    sender = bus.sender()
    await sender.send([letter(m.topic, m.partition, m.offset, m.key, m.value, reason) for m, reason in refused])
    await sender.flush()
