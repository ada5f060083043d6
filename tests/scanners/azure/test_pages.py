"""Pages of Resource Graph that cannot be the whole are no listing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from scanners.azure.calls import AzureCalls
from scanners.azure.disk import DiskScanner
from scanners.azure.rows import pages
from schemas.errors import Fatal


class Scripted:
    """Answers in turn; the first is that of the provider's own list."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = [{"value": []}, *answers]
        self.bodies: list[Any] = []
        self.job = SimpleNamespace(task=SimpleNamespace(account_id="s", region="global"))

    async def __call__(self, call: Any, **arguments: Any) -> dict[str, Any]:
        self.bodies.append(arguments.get("body"))
        return self.answers.pop(0)


async def read(calls: Scripted) -> list[Any]:
    return [row async for page in pages(cast("AzureCalls", calls), DiskScanner) for row in page]


async def test_tokens_are_followed_to_the_end() -> None:
    calls = Scripted({"data": [1], "$skipToken": "a"}, {"data": [2], "$skipToken": "b"}, {"data": [3]})
    assert await read(calls) == [1, 2, 3]
    assert calls.bodies[0] is None
    assert [body["options"].get("$skipToken") for body in calls.bodies[1:]] == [None, "a", "b"]
    assert {tuple(body["subscriptions"]) for body in calls.bodies[1:]} == {("s",)}


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([{"data": [1], "$skipToken": "a"}, {"data": [2], "$skipToken": "a"}], "the same page token twice"),
        ([{"data": [1], "resultTruncated": "true"}], "a truncated answer without a page token"),
    ],
)
async def test_what_cannot_be_the_whole_is_an_error(answers: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(Fatal, match=why):
        await read(Scripted(*answers))
