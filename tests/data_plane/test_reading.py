from __future__ import annotations

import json
from typing import Any

import pytest

from bus import Message
from data_plane.reading import RefusedError, read, read_event
from schemas.event import CONTENT_TYPE, MAX_EVENT_BYTES, encode, utc_now
from schemas.topics import EVENTS
from tests.data_plane.scripted import event_of, task_of, wasted


def body_of(**changes: Any) -> bytes:
    return json.dumps(json.loads(encode(event_of(task_of(), 1))) | changes).encode()


def test_what_was_sent_is_read() -> None:
    event = event_of(task_of(), 1)
    assert read_event(encode(event)) == event


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not an event"),
        (b"\xff\xfe", "not an event"),
        (b"{}", "missing required field"),
        (b"[1]", "not an event"),
        (body_of(type="aws.metadata"), "not provider.category.service.detail"),
        (body_of(type="aws.gossip.ebs.state"), "not provider.category.service.detail"),
        (body_of(asof="2026-11-21T04:00:00"), "time zone"),
        (body_of(attempt="one"), "attempt"),
        (body_of(type="aws.waste.ebs.unattached", data={"value": "waste"}), "not an event"),
        (body_of(type="aws.waste.ebs.unattached", data={"value": {"rule": "disk.unattached"}}), "outcome"),
        (body_of(subject="x" * MAX_EVENT_BYTES), "too large"),
    ],
)
def test_what_is_no_event_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        read_event(body)


def test_the_binary_form_is_read_and_kept_in_the_structured_one() -> None:
    event = event_of(task_of(), 1)
    told = json.loads(encode(event))
    body = json.dumps(told.pop("data")).encode()
    headers = {f"ce_{name}": str(value).lower() if value is True else str(value) for name, value in told.items()}
    batch = read([Message(EVENTS, 0, 0, "k", body, utc_now(), headers | {"content-type": "application/json"})])
    ((message, read_back),) = batch.events
    assert read_back == event
    assert (read_event(message.value), message.headers) == (event, {"content-type": CONTENT_TYPE})
    (refused,) = read([Message(EVENTS, 0, 1, "k", b"{", utc_now(), headers)]).refused
    assert "binary form" in refused[1]


def test_one_bad_message_does_not_take_the_others_with_it() -> None:
    bodies = [encode(wasted(task_of(), 1)), b"poison", encode(event_of(task_of(), 2))]
    messages = [Message(EVENTS, 0, offset, "k", body, utc_now()) for offset, body in enumerate(bodies)]
    batch = read(messages)
    assert [message.offset for message, _ in batch.events] == [0, 2]
    assert [message.offset for message, _ in batch.refused] == [1]
