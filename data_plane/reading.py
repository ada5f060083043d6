"""From messages to events that the store can take; everything else is refused with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec

from bus import Message
from data_plane.dead_letters import UNREADABLE
from schemas.event import CATEGORIES, CONTENT_TYPE, MAX_EVENT_BYTES, Event, decode, decode_binary, encode
from schemas.finding import FindingValue
from schemas.topics import CLIENT, EVENTS, events_topic

TYPE_PARTS = 4
KNOWN = frozenset(CATEGORIES) | {"scan"}


class RefusedError(Exception):
    """Why a message is no event of ours."""


ReadEvent = tuple[Message, Event]
Refused = tuple[Message, str]
"""A message and why it was refused."""


class Batch(NamedTuple):
    """What one fetch came to."""

    events: list[ReadEvent]
    refused: list[Refused]


def read(messages: Sequence[Message], template: str = EVENTS) -> Batch:
    """Sort the messages of one fetch. Where each client has a topic, nobody tells facts of another one."""
    batch = Batch([], [])
    for message in messages:
        try:
            plain = structured(message)
            batch.events.append((plain, _belongs(read_event(plain.value), message.topic, template)))
        except RefusedError as refusal:
            batch.refused.append((message, str(refusal)))
    return batch


def structured(message: Message) -> Message:
    """The message in the structured form of CloudEvents; one in the binary form is turned into it."""
    if "ce_specversion" not in message.headers:
        return message
    try:
        body = encode(decode_binary(message.headers, message.value))
    except UNREADABLE as error:
        raise RefusedError(f"not an event in binary form: {error}") from error
    return replace(message, value=body, headers={"content-type": CONTENT_TYPE})


def _belongs(event: Event, topic: str, template: str) -> Event:
    if CLIENT in template and events_topic(template, event.clientid) != topic:
        raise RefusedError(f"clientid {event.clientid!r} does not belong on topic {topic!r}")
    return event


def read_event(body: bytes) -> Event:
    """The event of one message. Raises ``RefusedError``."""
    if len(body) > MAX_EVENT_BYTES:
        raise RefusedError(f"event is too large: {len(body)} bytes, at most {MAX_EVENT_BYTES}")
    try:
        event = decode(body)
        _check(event)
    except UNREADABLE as error:
        raise RefusedError(f"not an event: {error}") from error
    return event


def _check(event: Event) -> None:
    """What the types of the envelope do not say."""
    parts = event.type.split(".")
    if len(parts) < TYPE_PARTS or parts[1] not in KNOWN:
        raise RefusedError(f"not an event: type {event.type!r} is not provider.category.service.detail")
    if event.asof.tzinfo is None or event.time.tzinfo is None:
        raise RefusedError("not an event: time and asof need a time zone")
    if event.category in {"waste", "security"}:
        msgspec.convert(event.data.value, FindingValue)
