"""The API as a process of its own: sockets, signals, server-sent events."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from control_plane.__main__ import _listen as listen_on
from control_plane.scans import progress as following
from schemas.states import ScanStatus
from stores import Store, open_store, progress, scans
from tests.control_plane.conftest import NOW
from tests.control_plane.facts import accept, fact, keep, read, run, spec, volume
from tests.support.identity import SIGNED_IN, VARIABLES

pytestmark = pytest.mark.xdist_group("api_process")

KEY_ID = "AKIA" + "Q3EGRZXNYFAKEKEY"
SECRET = "planted" + "SECRETvalue0123456789abcdefghijkl"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(home: Path, port: int, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SENTINEL_")}
    return subprocess.Popen(
        [sys.executable, "-m", "control_plane", *arguments],
        env={**clean, **VARIABLES, "SENTINEL_HOME": str(home), "SENTINEL_PORT": str(port), **environment},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_ready(base: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{base}/readyz", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail(f"the API did not become ready; exit {process.poll()}")


class Api:
    """A running API and where its files are."""

    def __init__(self, base: str, home: Path, process: subprocess.Popen[str]) -> None:
        self.base, self.home, self.process = base, home, process

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Its exit code and everything that it wrote."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=15)
        return self.process.returncode, out + err


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One process for this module; whoever stops it comes last."""
    home, port = tmp_path_factory.mktemp("api"), free_port()
    process = start(home, port, SENTINEL_LOG_LEVEL="debug")
    base = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(base, process)
        yield Api(base, home, process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
async def store(running: Api) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:///{running.home}/store.sqlite")
    yield opened
    await opened.close()


@pytest.fixture
async def client(running: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=running.base, timeout=20, trust_env=False, headers=SIGNED_IN) as opened:
        yield opened


async def steps(answer: httpx.Response) -> AsyncGenerator[tuple[int, str]]:
    """Id and kind of each event, as an EventSource reads them."""
    seq = 0
    async for line in answer.aiter_lines():
        if line.startswith("id: "):
            seq = int(line.removeprefix("id: "))
        if line.startswith("event: "):
            yield seq, line.removeprefix("event: ")


async def _say(store: Store, scan_id: str, kind: progress.ProgressKind) -> None:
    async with store.write() as writing:
        await progress.append(writing, scan_id, kind, {"region": "eu-west-1"}, NOW)


async def _end(store: Store, scan_id: str) -> None:
    async with store.write() as writing:
        assert await scans.start_scan(writing, scan_id, f"discover-{scan_id}", NOW)
        assert await scans.finish_scan(writing, scan_id, ScanStatus.FAILED, "nothing to see", NOW, {"events": 0})


async def test_progress_is_told_as_it_happens_and_resumes_where_it_was_cut(
    client: httpx.AsyncClient, store: Store
) -> None:
    await accept(store, spec("scan-cut"))
    seen: list[tuple[int, str]] = []
    async with client.stream("GET", "/api/v1/scans/scan-cut/progress") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-cache"
        async for step in steps(answer):
            seen.append(step)
            if len(seen) == 3:
                break  # the connection is cut here
            await _say(store, "scan-cut", "task_started")
    assert [kind for _, kind in seen] == ["scan_accepted", "task_started", "task_started"]
    await _end(store, "scan-cut")
    async with client.stream(
        "GET", "/api/v1/scans/scan-cut/progress", headers={"Last-Event-ID": str(seen[1][0])}
    ) as answer:
        rest = [step async for step in steps(answer)]
    assert rest[0] == seen[2], "goes on right after the event that was named"
    assert [kind for _, kind in rest] == ["task_started", "scan_started", "scan_finished"]
    assert [seq for seq, _ in rest] == sorted({seq for seq, _ in rest})
    again = await client.get("/api/v1/scans/scan-cut/progress", headers={"Last-Event-ID": str(rest[-1][0])})
    assert (again.status_code, again.content) == (204, b"")


async def test_each_event_carries_its_step_as_json(client: httpx.AsyncClient, store: Store) -> None:
    await accept(store, spec("scan-json"))
    await _end(store, "scan-json")
    lines = (await client.get("/api/v1/scans/scan-json/progress")).text.split("\n\n")
    assert lines[-1] == ""
    fields = dict(line.split(": ", 1) for line in lines[0].splitlines())
    assert set(fields) == {"id", "event", "data"}
    step = httpx.Response(200, content=fields["data"]).json()
    assert (step["seq"], step["kind"], step["scan_id"]) == (int(fields["id"]), "scan_accepted", "scan-json")
    assert step["payload"]["provider"] == "aws"


async def test_followers_that_leave_hold_nothing(client: httpx.AsyncClient, store: Store) -> None:
    await accept(store, spec("scan-left"))
    for _ in range(12):  # more than the store has connections
        async with client.stream("GET", "/api/v1/scans/scan-left/progress") as answer:
            async for _ in steps(answer):
                break
    async with asyncio.timeout(10):
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/api/v1/scans/scan-left")).json()["status"] == "QUEUED"


async def test_a_long_export_is_cut_into_pages_and_complete(client: httpx.AsyncClient, store: Store) -> None:
    await run(store, spec("scan-export"), [read("ebs"), read("s3")])
    facts = [
        fact(volume(f"vol-{n}"), "aws.metadata.ebs.size_gib", n, seconds=n // 7, scan_id="scan-export")
        for n in range(2500)
    ]
    await keep(store, facts)
    async with client.stream(
        "GET", "/api/v1/events?scan_id=scan-export", headers={"accept": "application/x-ndjson"}
    ) as answer:
        ids = [httpx.Response(200, content=line).json()["id"] async for line in answer.aiter_lines()]
    assert len(ids) == len(set(ids)) == 2500
    assert set(ids) == {each.id for each in facts}


def test_a_busy_port_is_one_line_and_exit_2(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(tmp_path, port)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert out == ""
    assert err.count("\n") == 1
    assert f"127.0.0.1:{port}" in err
    assert "SENTINEL_PORT" in err


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (("--port", "http"), {}, "SENTINEL_PORT"),
        ((), {"SENTINEL_STORE": "postgresql://x"}, "sqlite:///FILE"),
    ],
)
def test_a_setting_that_cannot_be_is_one_line_and_exit_2(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], told: str
) -> None:
    process = start(tmp_path, free_port(), *arguments, **environment)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.count("\n") == 1
    assert told in err


async def test_silence_is_filled_with_heartbeats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app: object, api: httpx.AsyncClient
) -> None:
    monkeypatch.setattr(following, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.02)
    own = open_store(f"sqlite:///{tmp_path}/store.sqlite")
    await accept(own, spec("scan-silent"))

    async def later() -> None:
        await asyncio.sleep(0.5)
        await _end(own, "scan-silent")

    ending = asyncio.create_task(later())
    text = (await api.get("/api/v1/scans/scan-silent/progress")).text
    await ending
    await own.close()
    assert text.count(following.HEARTBEAT.decode()) >= 2
    assert text.index(": still here") > text.index("scan_accepted")
    assert text.rstrip().splitlines()[-2] == "event: scan_finished"


async def test_secrets_and_a_signal_while_somebody_follows(
    client: httpx.AsyncClient, store: Store, running: Api
) -> None:
    """A planted secret is in no answer, no log and no file; a follower does not hold the end up."""
    bodies = [
        {"provider": "aws", "connection": {"mode": "ambient", "aws_access_key_id": KEY_ID, "secret": SECRET}},
        {"provider": "aws", "connection": {"mode": "profile", "profile": KEY_ID}},
        {"provider": SECRET, "password": SECRET},
    ]
    answers = [await client.post("/api/v1/scans", json=body) for body in bodies]
    answers.append(await client.post("/api/v1/scans", content=f'{{"password": "{SECRET}",'))
    assert {answer.status_code for answer in answers} == {422}
    await accept(store, spec("scan-followed"))
    async with client.stream("GET", "/api/v1/scans/scan-followed/progress") as answer:
        follower = steps(answer)
        await anext(follower)
        begun = time.monotonic()
        code, told = await asyncio.to_thread(running.stop)
        await follower.aclose()
    assert code == 0
    assert time.monotonic() - begun < 10
    assert '"status": 422' in told, "requests are logged at this level"
    assert "request_failed" not in told
    for text in (told, *(answer.text for answer in answers), _files(running.home)):
        assert SECRET not in text
        assert KEY_ID not in text


def _files(home: Path) -> str:
    found = [path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()]
    assert any(body.startswith(b"SQLite format") for body in found)
    return b"".join(found).decode("latin-1")


def test_each_answer_is_sent_at_once() -> None:
    listening = listen_on("127.0.0.1", 0)
    with listening:
        assert listening.proto == socket.IPPROTO_TCP  # else asyncio leaves Nagle's algorithm on, and answers wait 40 ms
