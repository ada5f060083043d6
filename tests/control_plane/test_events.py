"""GET /api/v1/events and /events/{id}."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from control_plane.events import service
from schemas.event import CONTENT_TYPE, Event, encode, encode_2cbp
from stores import Store
from tests.control_plane.conftest import NOW
from tests.control_plane.facts import OTHER_ACCOUNT, accept, fact, keep, spec, volume, wasted

A, B = volume("vol-a"), volume("vol-b", "us-east-1", OTHER_ACCOUNT)

FACTS = [
    fact(A, "aws.metadata.ebs.size_gib", 100, seconds=0, unit="GiB"),
    fact(A, "aws.metadata.ebs.state", "available", seconds=1),
    wasted(A, "disk.unattached", "8.80", seconds=2),
    fact(
        B,
        "aws.metadata.ebs.size_gib",
        50,
        seconds=3,
        scan_id="scan-2",
        account=OTHER_ACCOUNT,
        region="us-east-1",
    ),
    fact("aws/1/eu-west-1/s3", "aws.scan.s3.denied", {"service": "s3"}, seconds=4),
]


@pytest.fixture(autouse=True)
async def _stored(store: Store) -> None:
    await accept(store, spec("scan-1"))
    await accept(store, spec("scan-2"))
    await keep(store, FACTS)


def ids(events: list[dict[str, Any]]) -> list[int]:
    order = {event.id: number for number, event in enumerate(FACTS)}
    return [order[event["id"]] for event in events]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [4, 3, 2, 1, 0]),
        ({"scan_id": "scan-2"}, [3]),
        ({"account": OTHER_ACCOUNT}, [3]),
        ({"provider": "aws"}, [4, 3, 2, 1, 0]),
        ({"provider": "gcp"}, []),
        ({"category": "metadata"}, [3, 1, 0]),
        ({"category": "scan"}, [4]),
        ({"type": "aws.metadata.ebs.size_gib"}, [3, 0]),
        ({"type": "aws.waste.*"}, [2]),
        ({"type": "aws.metadata.ebs.*", "account": OTHER_ACCOUNT}, [3]),
        ({"resource_id": A}, [2, 1, 0]),
        ({"region": "us-east-1"}, [3]),
        ({"since": (NOW + timedelta(seconds=3)).isoformat()}, [4, 3]),
        ({"until": (NOW + timedelta(seconds=2)).isoformat()}, [1, 0]),
        ({"since": "2026-11-21T04:00:01Z", "until": "2026-11-21T04:00:03Z"}, [2, 1]),
        ({"limit": "2"}, [4, 3]),
    ],
)
async def test_each_filter_lets_through_what_it_says(
    api: httpx.AsyncClient, query: dict[str, str], expected: list[int]
) -> None:
    answer = await api.get("/api/v1/events", params=query)
    assert answer.status_code == 200
    assert ids(answer.json()["items"]) == expected


async def test_bodies_go_out_byte_by_byte_as_they_are_stored(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/events", params={"limit": 2})
    assert encode(FACTS[4]) + b"," + encode(FACTS[3]) in answer.content


async def test_pages_show_everything_once(api: httpx.AsyncClient) -> None:
    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = (await api.get("/api/v1/events", params={"limit": 2, **cursor})).json()
        seen += page["items"]
        cursor = {"cursor": page["next_cursor"]}
    assert ids(seen) == [4, 3, 2, 1, 0]
    assert page["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "accept_header"),
    [({"stream": "true"}, "*/*"), ({}, "application/x-ndjson"), ({}, "application/x-ndjson, application/json;q=0.5")],
)
async def test_a_stream_has_everything_that_matches_over_many_pages(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, query: dict[str, str], accept_header: str
) -> None:
    monkeypatch.setattr(service, "STREAM_PAGE", 2)
    answer = await api.get("/api/v1/events", params=query, headers={"accept": accept_header})
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.text.endswith("\n")
    assert ids([json.loads(line) for line in answer.text.splitlines()]) == [4, 3, 2, 1, 0]


async def test_a_stream_of_nothing_is_empty(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/events", params={"stream": "true", "provider": "gcp"})
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("query", [{"scan_id": "nothing"}, {"scan_id": "nothing", "stream": "true"}])
async def test_an_unknown_scan_is_an_error_and_not_an_empty_answer(
    api: httpx.AsyncClient, query: dict[str, str]
) -> None:
    answer = await api.get("/api/v1/events", params=query)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_2cbp_is_the_same_facts_in_the_other_form(api: httpx.AsyncClient) -> None:
    page = (await api.get("/api/v1/events", params={"format": "2cbp", "type": "aws.metadata.ebs.state"})).json()
    assert page["items"] == [
        {
            "client_id": "default",
            "timestamp": "2026-11-21T05:00:01.000+01:00",
            "resource_id": A,
            "metric_type": "aws.metadata.ebs.state",
            "metric_value": "available",
        }
    ]
    stream = await api.get("/api/v1/events", params={"format": "2cbp", "stream": "true"})
    assert len(stream.text.splitlines()) == len(FACTS)


@pytest.mark.parametrize(("form", "media_type"), [("cloudevents", CONTENT_TYPE), ("2cbp", "application/json")])
async def test_one_event_in_both_forms(api: httpx.AsyncClient, form: str, media_type: str) -> None:
    event: Event = FACTS[2]
    answer = await api.get(f"/api/v1/events/{event.id}", params={"format": form})
    assert answer.headers["content-type"] == media_type
    assert answer.content == (encode(event) if form == "cloudevents" else encode_2cbp(event))


async def test_an_unknown_event_is_not_found(api: httpx.AsyncClient) -> None:
    assert (await api.get("/api/v1/events/nothing")).status_code == 404


@pytest.mark.parametrize(
    ("query", "field", "told"),
    [
        ({"category": "wast"}, "category", 'did you mean "waste"?'),
        ({"type": "aws.wast.*"}, "type", 'did you mean "aws.waste.'),
        ({"type": "aws.metadata.ebs.stat"}, "type", 'did you mean "aws.metadata.ebs.state"?'),
        ({"region": "eu-wst-1"}, "region", 'did you mean "eu-west-1"?'),
        ({"provider": "awz"}, "provider", 'did you mean "aws"?'),
        ({"type": "aws.*.ebs"}, "type", "aws.waste.*"),
        ({"type": "aws.wast*", "stream": "true"}, "type", "aws.waste.*"),
        ({"since": "yesterday"}, "since", "a time with its zone"),
        ({"since": "2026-11-21T04:00:00"}, "since", "a time with its zone"),
        ({"limit": "1001"}, "limit", "at most 1000"),
        ({"cursor": "x", "stream": "true"}, "cursor", "next_cursor"),
        ({"format": "xml"}, "format", "cloudevents, 2cbp"),
        ({"resourceid": A}, "resourceid", 'did you mean "resource_id"?'),
        ({"client_id": "acme"}, "client_id", "unknown field"),
    ],
)
async def test_a_wrong_query_is_told(api: httpx.AsyncClient, query: dict[str, str], field: str, told: str) -> None:
    answer = await api.get("/api/v1/events", params=query)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert told in error["allowed"]
