"""The commands' way to the API: the same requests that anybody can send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Self

import httpx

from cli.exits import CommandError, ExitCode

if TYPE_CHECKING:
    from schemas.settings import Settings

PATIENCE_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.05
AGAIN_SECONDS: Final = 0.5
PAGE: Final = 500
SIGN_IN: Final = "the API knows nobody of this key; set SENTINEL_API_KEY to an API key (POST /api/v1/keys makes one)"


class Api:
    """A client of one API. What the API refuses is a ``CommandError`` with its words."""

    def __init__(self, base: str, key: str) -> None:
        self.base = base
        signed_in = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.AsyncClient(base_url=base, headers=signed_in, timeout=PATIENCE_SECONDS, trust_env=False)

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

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One request that asks for something; its answer."""
        return _document(await self._http.post(path, json=body))

    async def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A change; what is changed, as it is then."""
        return _document(await self._http.patch(path, json=body))

    async def delete(self, path: str) -> None:
        """Something is to be no more."""
        answer = await self._http.delete(path)
        if not answer.is_success:
            raise refused(answer)

    async def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """One JSON document."""
        return _document(await self._http.get(path, params=query))

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
        """Kind and payload of each step of a scan, as they happen, until the stream ends.

        When the connection breaks it goes on behind the last step, for as long as ``PATIENCE_SECONDS`` without one.
        """
        loop, seq = asyncio.get_running_loop(), 0
        last = loop.time()
        while True:
            try:
                async for step in self._steps(scan_id, seq):
                    seq, last = step["seq"], loop.time()
                    yield step["kind"], step["payload"]
            except httpx.TransportError:
                if not seq or loop.time() - last > PATIENCE_SECONDS:
                    raise
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return

    async def _steps(self, scan_id: str, seq: int) -> AsyncIterator[dict[str, Any]]:
        path, headers = f"/api/v1/scans/{scan_id}/progress", {"Last-Event-ID": str(seq)}
        async with self._http.stream("GET", path, headers=headers, timeout=PATIENCE_SECONDS) as answer:
            if not answer.is_success:
                await answer.aread()
                raise refused(answer)
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))


@asynccontextmanager
async def open_api(settings: Settings) -> AsyncIterator[Api]:
    """The API of the settings. Raises ``CommandError`` where none answers."""
    try:
        async with Api(settings.api_address, settings.api_key) as api:
            yield api
    except (httpx.TransportError, httpx.InvalidURL) as error:
        told = f"no API answers at {settings.api_address} ({str(error) or type(error).__name__})"
        raise CommandError(
            ExitCode.NO_ACCESS, f"{told}; start one with `sentinel up`, or set SENTINEL_API_URL"
        ) from None


def refused(answer: httpx.Response) -> CommandError:
    """What the API said, in its words, with the exit code that fits."""
    try:
        told = str(answer.json()["detail"])
    except (ValueError, LookupError, TypeError):
        told = f"{answer.request.url} answered {answer.status_code}, which is no answer of this API"
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        return CommandError(ExitCode.NO_ACCESS, SIGN_IN)
    if answer.status_code == HTTPStatus.FORBIDDEN:
        return CommandError(ExitCode.NO_ACCESS, told)
    return CommandError(ExitCode.INTERNAL if answer.is_server_error else ExitCode.BAD_INPUT, told)


def _document(answer: httpx.Response) -> dict[str, Any]:
    if not answer.is_success:
        raise refused(answer)
    found: dict[str, Any] = answer.json()
    return found
