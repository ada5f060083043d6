"""The demo's own view of the API: the same requests that anybody can send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, Self

import httpx

PATIENCE_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.05
PAGE: Final = 500


class Api:
    """A client of one API."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._http = httpx.AsyncClient(base_url=base, timeout=PATIENCE_SECONDS, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def wait_until_ready(self, *urls: str, check: Callable[[], None]) -> None:
        """Until all of them answer 200; ``check`` raises when waiting is in vain. Raises ``TimeoutError``."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            for url in urls:
                while not await self._is_ready(url):
                    check()
                    await asyncio.sleep(LOOK_SECONDS)

    async def _is_ready(self, url: str) -> bool:
        try:
            return (await self._http.get(url)).is_success
        except httpx.TransportError:
            return False

    async def post_scan(self, body: Mapping[str, Any]) -> str:
        """Ask for a scan; its id."""
        answer = await self._http.post("/api/v1/scans", json=body)
        answer.raise_for_status()
        return str(answer.json()["scan_id"])

    async def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """One JSON document."""
        answer = await self._http.get(path, params=query)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    async def pages(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        """All items of a paged listing."""
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(path, **query, **cursor, limit=PAGE)
            items += page["items"]
            if not page.get("next_cursor"):
                return items
            cursor = {"cursor": page["next_cursor"]}

    async def progress(self, scan_id: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Kind and payload of each step of a scan, as they happen, until the stream ends."""
        async with self._http.stream("GET", f"/api/v1/scans/{scan_id}/progress", timeout=None) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    step = json.loads(line.removeprefix("data:"))
                    yield step["kind"], step["payload"]
