"""A small HTTP server that keeps what it was sent and answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``answer`` says the status of each request by its number; 0 hangs up without an answer, -1 never answers."""

    answer: Callable[[int], int] = lambda _: 204
    url: str = ""
    requests: list[Received] = field(default_factory=list)
    more: str = ""
    """Headers of each answer, each with its line end."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.requests.append(Received(head[0].split(" ")[1], headers, body))
            status = self.answer(len(self.requests))
            if status < 0:
                await asyncio.Event().wait()
            if status:
                more = "location: http://127.0.0.1:1/\r\n" if status in {301, 302, 307} else self.more
                writer.write(f"HTTP/1.1 {status} Told\r\n{more}content-length: 0\r\nconnection: close\r\n\r\n".encode())
                await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def receiving(answer: Callable[[int], int] = lambda _: 204) -> AsyncIterator[Receiver]:
    """A receiver on a free port of this machine."""
    receiver = Receiver(answer)
    open_requests: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(receiver.serve(reader, writer))
        open_requests.add(task)
        task.add_done_callback(open_requests.discard)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        server.close()
        for task in list(open_requests):
            task.cancel()
        await asyncio.gather(*open_requests, return_exceptions=True)
