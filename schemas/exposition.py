"""What a process tells of itself on ``SENTINEL_METRICS_PORT``: /metrics for Prometheus, /healthz and /readyz.

A port of its own, in a thread of its own: it answers without a token, so it need not be where people can reach it, and
a loop that stands still cannot keep it from saying so.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from schemas.errors import InvalidInputError
from schemas.event import utc_now
from schemas.process import ProcessReport

if TYPE_CHECKING:
    from prometheus_client.metrics import MetricWrapperBase
    from prometheus_client.samples import Sample

STANDSTILL_SECONDS: Final = 30.0
"""An event loop that did not turn for so long counts as dead."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that a process needs and does not reach."""

    since: datetime
    error: str


def new_instance() -> str:
    """A name that no other process has or will have."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


@dataclass(slots=True)
class Condition:
    """Whether a process lives and can work. Written by its event loop, read by the thread that answers."""

    clock: Callable[[], datetime] = utc_now
    instance: str = field(default_factory=new_instance)
    turned_at: float = field(default_factory=time.monotonic)
    missing: Mapping[str, Missing] = field(default_factory=dict)
    """By dependency. Replaced as a whole, so that a reader sees one moment."""

    def turn(self) -> None:
        """The loop has turned."""
        self.turned_at = time.monotonic()

    def away(self, dependency: str, error: str) -> None:
        """Not reachable; the first time counts as since when."""
        known = self.missing.get(dependency)
        told = Missing(known.since if known else self.clock(), error)
        self.missing = {**self.missing, dependency: told}

    def there(self, dependency: str) -> None:
        """Reachable."""
        self.missing = {name: told for name, told in self.missing.items() if name != dependency}

    @property
    def alive(self) -> bool:
        """Whether the loop turns."""
        return time.monotonic() - self.turned_at < STANDSTILL_SECONDS


def own_report(condition: Condition) -> ProcessReport:
    """How this process is doing, by its own instruments."""
    from schemas.instruments import LAG, ROLE_FAILURES, TASKS_RUNNING, WORKER_SLOTS

    lag: Counter[str] = Counter()
    for sample in _samples(LAG):
        lag[sample.labels["group"]] += int(sample.value)
    (slots,), (running,) = _samples(WORKER_SLOTS), _samples(TASKS_RUNNING)
    works = slots.value > 0
    return ProcessReport(
        lag=dict(lag),
        running=int(running.value) if works else None,
        slots=int(slots.value) if works else None,
        failures=int(sum(sample.value for sample in _samples(ROLE_FAILURES) if sample.name.endswith("_total"))),
        missing={name: told.error for name, told in condition.missing.items()},
    )


def _samples(metric: MetricWrapperBase) -> list[Sample]:
    return [sample for family in metric.collect() for sample in family.samples]


Answer = tuple[str, str, bytes]
"""Status line, content type, body."""


class _StartResponse(Protocol):
    def __call__(self, status: str, headers: list[tuple[str, str]], /) -> object: ...


def answer(path: str, condition: Condition) -> Answer:
    """What is answered to a GET of this path."""
    if path == "/metrics":
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return "200 OK", CONTENT_TYPE_LATEST, generate_latest()
    if path == "/healthz":
        return _told(alive=condition.alive, body={"status": "ok" if condition.alive else "standing still"})
    if path == "/readyz":
        missing = condition.missing
        rows = [{"name": name, "since": told.since.isoformat(), "error": told.error} for name, told in missing.items()]
        return _told(alive=not missing, body={"status": "not ready" if missing else "ok", "missing": rows})
    return "404 Not Found", "application/json", b'{"allowed": ["/metrics", "/healthz", "/readyz"]}'


def _told(*, alive: bool, body: Mapping[str, Any]) -> Answer:
    return "200 OK" if alive else "503 Service Unavailable", "application/json", json.dumps(body).encode()


def expose(host: str, port: int | None, condition: Condition) -> Callable[[], None]:
    """Answer in a thread until the returned function is called. Without a port nothing is done.

    Raises ``InvalidInputError`` when the port is taken.
    """
    if port is None:
        return lambda: None

    def application(environ: Mapping[str, Any], start_response: _StartResponse) -> Iterable[bytes]:
        status, kind, body = answer(str(environ["PATH_INFO"]), condition)
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    try:
        server = make_server(host, port, application, server_class=_Server, handler_class=_Quiet)
    except OSError as error:
        reason = f"cannot listen on {host}:{port}: {error.strerror or error}"
        raise InvalidInputError("SENTINEL_METRICS_PORT", port, reason) from None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()

    def close() -> None:
        server.shutdown()
        server.server_close()

    return close


class _Server(WSGIServer):
    """Without a look-up of the host's name, which may take seconds."""

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.socket.getsockname()[1])
        self.setup_environ()


class _Quiet(WSGIRequestHandler):
    timeout = 10
    """Seconds that a silent caller may hold the thread."""

    def log_message(self, *_: object) -> None:
        """Scrapes are no news."""
