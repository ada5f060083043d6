"""Call-backs over sockets, their signatures read by the reference library of Standard Webhooks."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from data_plane import callbacks as sending
from data_plane.backbone import Backbone
from data_plane.callbacks import DELAYS, RefusedAddressError, call_back, public_address
from schemas.callback import read_keys
from schemas.errors import InvalidInputError
from schemas.event import utc_now
from schemas.states import ScanStatus
from stores import callbacks, scans
from stores.callbacks import CallbackRow
from tests.data_plane.scripted import spec_of
from tests.support.receiver import Received, Receiver, receiving

SECRET = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
OLDER = "whsec_" + "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4"
SCAN = "scan-1"


@pytest.fixture
def calling(backbone: Backbone) -> Backbone:
    return with_settings(backbone, callback_secret=SECRET, callback_private=True)


def with_settings(backbone: Backbone, **changes: Any) -> Backbone:
    return replace(backbone, settings=backbone.settings.model_copy(update=changes))


def after(backbone: Backbone, delay: timedelta) -> Backbone:
    return replace(backbone, clock=lambda: utc_now() + delay)


async def ended_scan(backbone: Backbone, url: str | None, *, status: ScanStatus = ScanStatus.PARTIAL) -> None:
    told = {"resources": 7, "events": 90, "findings": 2, "gaps": 1, "tasks": 3, "failed_tasks": 0}
    async with backbone.store.write() as w:
        await scans.insert_scan(w, spec_of(SCAN, callback_url=url), utc_now())
        if status is ScanStatus.CANCELLED:
            assert await scans.cancel_scan(w, SCAN, utc_now())
            return
        assert await scans.start_scan(w, SCAN, f"{SCAN}-discover", utc_now())
        assert await scans.finish_scan(w, SCAN, status, "1 gap", utc_now(), told)


async def kept(backbone: Backbone) -> CallbackRow:
    async with backbone.store.read() as r:
        row = await callbacks.get_callback(r, "acme", SCAN)
    assert row is not None
    return row


async def test_the_end_of_a_scan_is_told_signed_and_once(calling: Backbone) -> None:
    async with receiving() as receiver:
        await ended_scan(calling, f"{receiver.url}/ended?token=secret")
        assert await call_back(calling) == 1
        assert await call_back(after(calling, timedelta(days=2))) == 0
    (one,) = receiver.requests
    assert one.path == "/ended?token=secret"
    assert one.headers["webhook-id"] == SCAN
    told = Webhook(SECRET).verify(one.body, one.headers)
    assert told["type"] == "scan.completed"
    assert {name: told["data"][name] for name in ("scan_id", "status", "error", "resources", "gaps", "path")} == {
        "scan_id": SCAN,
        "status": "PARTIAL",
        "error": "1 gap",
        "resources": 7,
        "gaps": 1,
        "path": "/api/v1/scans/scan-1",
    }
    row = await kept(calling)
    assert row.delivered_at is not None
    assert (row.attempts, row.next_attempt_at, row.gave_up_at, row.last_error) == (1, None, None, None)


async def test_a_cancelled_scan_is_told_too(calling: Backbone) -> None:
    async with receiving() as receiver:
        await ended_scan(calling, receiver.url, status=ScanStatus.CANCELLED)
        assert await call_back(calling) == 1
    assert json.loads(receiver.requests[0].body)["data"]["status"] == "CANCELLED"


async def test_nobody_is_told_who_did_not_ask(calling: Backbone) -> None:
    await ended_scan(calling, None)
    assert await call_back(calling) == 0


async def test_while_keys_are_rotated_both_verify_and_another_does_not(calling: Backbone) -> None:
    async with receiving() as receiver:
        await ended_scan(calling, receiver.url)
        await call_back(with_settings(calling, callback_secret=f"{SECRET}, {OLDER}"))
    (one,) = receiver.requests
    Webhook(SECRET).verify(one.body, one.headers)
    Webhook(OLDER).verify(one.body, one.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "eHl6" * 8).verify(one.body, one.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(one.body + b" ", one.headers)


@pytest.mark.parametrize(("status", "reason"), [(500, "answered 500"), (302, "answered 302"), (0, "disconnected")])
async def test_what_is_not_taken_is_sent_again_later_until_it_is(calling: Backbone, status: int, reason: str) -> None:
    async with receiving(lambda number: status if number == 1 else 200) as receiver:
        await ended_scan(calling, receiver.url)
        assert await call_back(calling) == 1
        waiting = await kept(calling)
        assert reason in (waiting.last_error or "")
        assert waiting.next_attempt_at is not None
        assert await call_back(calling) == 0
        assert await call_back(after(calling, DELAYS[0])) == 1
    first, second = receiver.requests
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert (await kept(calling)).delivered_at is not None


async def test_a_receiver_that_is_away_is_given_up_after_the_last_attempt(calling: Backbone) -> None:
    await ended_scan(calling, "http://127.0.0.1:9/")
    later = timedelta()
    for delay in (timedelta(), *DELAYS):
        later += delay + timedelta(seconds=1)
        assert await call_back(after(calling, later)) == 1
    row = await kept(calling)
    assert row.attempts == 7
    assert row.gave_up_at is not None
    assert row.next_attempt_at is None
    assert await call_back(after(calling, timedelta(days=30))) == 0


async def test_a_receiver_that_is_gone_is_asked_once(calling: Backbone) -> None:
    async with receiving(lambda _: 410) as receiver:
        await ended_scan(calling, receiver.url)
        await call_back(calling)
        await call_back(after(calling, timedelta(days=1)))
    assert len(receiver.requests) == 1
    assert (await kept(calling)).last_error == "answered 410"


async def test_a_receiver_that_never_answers_holds_nobody_up(
    calling: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ATTEMPT_SECONDS", 0.2)
    async with receiving(lambda _: -1) as receiver:
        await ended_scan(calling, receiver.url)
        async with asyncio.timeout(10):
            assert await call_back(calling) == 1
    assert (await kept(calling)).last_error == "no answer within 0 s"


async def test_two_planners_make_one_attempt(calling: Backbone, other: Backbone) -> None:
    async with receiving() as receiver:
        await ended_scan(calling, receiver.url)
        second = replace(other, settings=calling.settings)
        assert sum(await asyncio.gather(call_back(calling), call_back(second))) == 1
    assert len(receiver.requests) == 1


async def test_an_attempt_whose_planner_died_is_made_by_another(calling: Backbone) -> None:
    async with receiving() as receiver:
        await ended_scan(calling, receiver.url)
        async with calling.store.write() as w:
            (row,) = await callbacks.due(w, utc_now(), 10)
            assert await callbacks.take(w, row, utc_now() + sending.TAKEN_FOR)
        assert await call_back(calling) == 0
        assert await call_back(after(calling, sending.TAKEN_FOR)) == 1
    assert [type(one) for one in receiver.requests] == [Received]


async def test_a_private_address_is_not_called_unless_it_may_be(calling: Backbone) -> None:
    async with receiving() as receiver:
        await ended_scan(calling, receiver.url.replace("127.0.0.1", "localhost"))
        await call_back(with_settings(calling, callback_private=False))
    row = await kept(calling)
    assert receiver.requests == Receiver().requests
    assert "not a public address" in (row.last_error or "")
    assert row.gave_up_at is not None


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "fe80::1%eth0",
        "0.0.0.0",
        "224.0.0.1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    with pytest.raises(RefusedAddressError):
        public_address("example.com", ["93.184.215.14", address])


def test_public_addresses_are_taken() -> None:
    assert public_address("example.com", ["93.184.215.14", "2606:2800:21f::1"]) == "93.184.215.14"


async def test_without_a_secret_nothing_is_sent(backbone: Backbone) -> None:
    async with receiving() as receiver:
        await ended_scan(backbone, receiver.url)
        await call_back(with_settings(backbone, callback_private=True))
    assert receiver.requests == []
    assert "SENTINEL_CALLBACK_SECRET" in ((await kept(backbone)).last_error or "")


@pytest.mark.parametrize(
    "secret", ["whsec_", "whsec_c2hvcnQ=", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", "whsec_***", f"{SECRET},"]
)
def test_a_secret_of_another_form_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_keys(secret)
    assert "c2hvcnQ" not in str(refused.value)
    assert "24 to 64 bytes" in str(refused.value)
