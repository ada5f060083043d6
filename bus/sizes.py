"""How large a message is, and the refusal of one that is too large."""

from __future__ import annotations

from collections.abc import Sequence

from bus.errors import MessageTooLargeError
from bus.protocol import MAX_MESSAGE_BYTES, Outgoing


def size_bytes(message: Outgoing) -> int:
    """Bytes of key, value and headers."""
    headers = sum(len(name.encode()) + len(value.encode()) for name, value in message.headers.items())
    return len(message.key.encode()) + len(message.value) + headers


def check_sizes(messages: Sequence[Outgoing]) -> None:
    """Raises ``MessageTooLargeError`` for the first that is over the limit."""
    for message in messages:
        if (size := size_bytes(message)) > MAX_MESSAGE_BYTES:
            raise MessageTooLargeError(
                f"a message for {message.topic} with key {message.key!r} has {size} bytes; allowed: {MAX_MESSAGE_BYTES}"
            )
