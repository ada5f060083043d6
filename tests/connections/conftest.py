"""Servers on sockets that stand where AWS would: one that counts and scripts answers, and one that is moto."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from moto.server import ThreadedMotoServer

from schemas.scan import Connection, ScanSpec
from schemas.settings import Settings


@dataclass
class Seen:
    """One request that reached the socket."""

    path: str
    headers: dict[str, str]
    form: dict[str, list[str]]
    body: str = ""

    @property
    def action(self) -> str:
        return self.form.get("Action", [""])[0]

    @property
    def access_key(self) -> str:
        return self.headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]


Answer = Callable[[Seen], tuple[int, str]]


@dataclass
class Cloud:
    """A server that keeps what it got and answers as the test wants."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    answer: Answer = lambda _: (200, "<Response/>")

    def actions(self) -> list[str]:
        return [request.action for request in self.seen]


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    cloud = Cloud()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode("utf-8", "replace")
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = Seen(self.path, headers, parse_qs(body), body)
            cloud.seen.append(seen)
            status, text = cloud.answer(seen)
            self.send_response(status)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text.encode())

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _any  # noqa: N815 - names of http.server

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    cloud.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield cloud
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without credentials: no variable, no file, no metadata service, no proxy."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    """Ambient credentials, and the counting server for an endpoint."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAAMBIENT000000000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted-secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)


@pytest.fixture
def settings() -> Settings:
    return Settings(region_threads=3)


@pytest.fixture
def spec() -> Callable[..., ScanSpec]:
    def build(mode: str = "ambient", *, scan_id: str = "scan-1", provider: str = "aws", **connection: Any) -> ScanSpec:
        return ScanSpec(
            scan_id=scan_id,
            client_id="acme",
            provider=provider,  # type: ignore[arg-type]  # a provider that is not there yet is tested too
            connection=Connection(mode=mode, **connection),  # type: ignore[arg-type]  # as above
            services=("ebs",),
            regions=None,
            categories=("metadata",),
            resource_ids=None,
            lookback_days=14,
            asof=datetime(2026, 11, 21, tzinfo=UTC),
        )

    return build
