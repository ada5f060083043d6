"""/api/v1/dead-letters."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from schemas.topics import DeadLetter
from stores import Store, dead_letters
from tests.control_plane.conftest import NOW

FIRST, SECOND, CUT, FOREIGN, NOBODY = (f"{n:032x}" for n in range(5))


@pytest.fixture(autouse=True)
async def _kept(store: Store) -> None:
    made = [
        (
            FIRST,
            DeadLetter("sentinel.events", 2, 17, "arn:1", "not an event: x", "", headers={"a": "b"}),
            b"{}",
            "default",
        ),
        (
            SECOND,
            DeadLetter("sentinel.tasks", 0, 3, "k", "not a task message", "", replay_of=FIRST),
            b"\xff",
            "default",
        ),
        (CUT, DeadLetter("sentinel.events", -1, -1, "k", "too large", "", truncated=True), b"abc", "default"),
        (FOREIGN, DeadLetter("sentinel.events", 0, 1, "k", "r", ""), b"", "somebody-else"),
        (NOBODY, DeadLetter("sentinel.scans", 0, 1, "k", "r", ""), b"", None),
    ]
    async with store.write() as writing:
        for number, (letter_id, letter, body, client_id) in enumerate(made):
            at = NOW + timedelta(seconds=number)
            assert await dead_letters.keep_letter(writing, letter_id, letter, body, client_id, at)


async def listed(api: httpx.AsyncClient, **query: str | int) -> list[str]:
    answer = await api.get("/api/v1/dead-letters", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_the_newest_come_first_and_nobody_sees_those_of_another_client(api: httpx.AsyncClient) -> None:
    assert await listed(api) == [NOBODY, CUT, SECOND, FIRST]
    assert await listed(api, topic="sentinel.events") == [CUT, FIRST]
    assert await listed(api, status="dropped") == []
    assert (await api.get(f"/api/v1/dead-letters/{FOREIGN}")).status_code == 404
    assert (await api.post(f"/api/v1/dead-letters/{FOREIGN}/replay")).status_code == 404


async def test_pages_show_everything_once(api: httpx.AsyncClient) -> None:
    seen, cursor = [], None
    while True:
        page = (
            await api.get("/api/v1/dead-letters", params={"limit": 3} | ({"cursor": cursor} if cursor else {}))
        ).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [NOBODY, CUT, SECOND, FIRST]


async def test_one_is_told_whole(api: httpx.AsyncClient) -> None:
    assert (await api.get(f"/api/v1/dead-letters/{FIRST}")).json() == {
        "id": FIRST,
        "topic": "sentinel.events",
        "partition": 2,
        "offset": 17,
        "key": "arn:1",
        "reason": "not an event: x",
        "client_id": "default",
        "at": "2026-11-21T04:00:00Z",
        "status": "open",
        "replays": 0,
        "decided_at": None,
        "replay_of": None,
        "truncated": False,
        "body_bytes": 2,
        "headers": {"a": "b"},
        "encoding": "text",
        "body": "{}",
    }
    second = (await api.get(f"/api/v1/dead-letters/{SECOND}")).json()
    assert (second["encoding"], second["body"], second["replay_of"]) == ("base64", "/w==", FIRST)
    cut = (await api.get(f"/api/v1/dead-letters/{CUT}")).json()
    assert (cut["partition"], cut["offset"]) == (None, None)


async def test_one_is_sent_again_as_often_as_asked_and_not_once_it_is_dropped(
    api: httpx.AsyncClient, store: Store
) -> None:
    for times in (1, 2):
        answer = await api.post(f"/api/v1/dead-letters/{FIRST}/replay")
        assert answer.status_code == 202
        assert (answer.json()["status"], answer.json()["replays"]) == ("replayed", times)
    async with store.read() as reading:
        assert [row.id for row in await dead_letters.unpublished_letters(reading, 10)] == [FIRST]
    for _ in range(2):
        answer = await api.post(f"/api/v1/dead-letters/{FIRST}/drop")
        assert (answer.status_code, answer.json()["status"]) == (200, "dropped")
    async with store.read() as reading:
        assert await dead_letters.unpublished_letters(reading, 10) == []
    answer = await api.post(f"/api/v1/dead-letters/{FIRST}/replay")
    assert answer.status_code == 409
    assert "was dropped" in answer.json()["detail"]


async def test_what_was_cut_cannot_be_sent_again_and_says_so(api: httpx.AsyncClient) -> None:
    answer = await api.post(f"/api/v1/dead-letters/{CUT}/replay")
    assert answer.status_code == 409
    assert "only the beginning" in answer.json()["detail"]


async def test_many_at_once(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/v1/dead-letters/replay", json={"topic": "sentinel.events"})
    assert (answer.status_code, answer.json()) == (202, {"replayed": 1, "truncated": 1})
    assert await listed(api, status="replayed") == [FIRST]
    answer = await api.post("/api/v1/dead-letters/drop", json={})
    assert (answer.status_code, answer.json()) == (200, {"dropped": 3})
    assert await listed(api, status="dropped") == [NOBODY, CUT, SECOND]
    assert await listed(api, status="open") == []


@pytest.mark.parametrize(
    ("path", "field", "told"),
    [
        ("?topic=sentinel.event", "topic", 'did you mean "sentinel.events"?'),
        ("?status=gone", "status", "allowed: open, replayed, dropped"),
        ("?topics=x", "topics", 'did you mean "topic"?'),
    ],
)
async def test_what_cannot_be_is_told(api: httpx.AsyncClient, path: str, field: str, told: str) -> None:
    answer = await api.get(f"/api/v1/dead-letters{path}")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert told in error["allowed"]
