"""``sentinel demo``: real processes, no account, no network, and found = planted or it says what differs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from cli.demo.stage import require_room
from cli.exits import CommandError, ExitCode
from cli.ports import free_port
from demo_cloud import EXPECTED
from demo_cloud.azure.expected import EXPECTED_AZURE
from demo_cloud.gcp.expected import EXPECTED_GCP
from demo_cloud.kafka_broker import means
from schemas.catalogue import load_catalogue
from tests.cli.terminal import SENTINEL, environment, sentinel

pytestmark = pytest.mark.xdist_group("demo")  # one process serves for all

PATIENCE = 100
EVERY = len(load_catalogue().providers["aws"].services)
ROOT = Path(__file__).parents[2]
GUARD = """
import sys

def watch(event, arguments):
    if event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if host not in {"127.0.0.1", "localhost", "::1", None, "", b"127.0.0.1"}:
        with open(LOG, "a") as log:
            log.write(f"{event} {host}\\\\n")
        raise OSError(101, "Network is unreachable")

sys.addaudithook(watch)
"""


@pytest.fixture
def no_network(tmp_path: Path) -> Mapping[str, str]:
    """Every Python process refuses sockets outside loopback and writes down who tried."""
    folder = tmp_path / "guard"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(GUARD.replace("LOG", repr(str(folder / "tried"))))
    return {"PYTHONPATH": f"{folder}{os.pathsep}{environment(tmp_path)['PYTHONPATH']}"}


def tried(home: Path) -> str:
    log = home / "guard" / "tried"
    return log.read_text() if log.exists() else ""


def test_the_guard_against_the_network_works(no_network: Mapping[str, str], home: Path) -> None:
    variables = {"AWS_ENDPOINT_URL": "http://192.0.2.1:80", **no_network}
    assert sentinel("scan", "aws", home=home, variables=variables).code == 3
    assert "192.0.2.1" in tried(home)


def test_found_is_planted_without_account_or_network(no_network: Mapping[str, str], home: Path) -> None:
    ran = sentinel("demo", "--once", "--port", "0", home=home, variables=no_network)
    assert ran.code == 0, ran.err
    assert f"planted = found: {len(EXPECTED) + len(EXPECTED_AZURE) + len(EXPECTED_GCP)} findings" in ran.out
    assert tried(home) == ""
    assert "\x1b" not in ran.said
    assert "Traceback" not in ran.err


def test_what_was_planted_and_taken_away_is_missed_by_name(home: Path) -> None:
    gone = next(row for row in EXPECTED if row.rule == "disk.unattached")
    ran = sentinel("demo", "--once", "--port", "0", "--remove", gone.resource_id, home=home)
    assert ran.code == 1, ran.err
    assert "planted and found differ" in ran.out
    assert f"not found: disk.unattached on {gone.resource_id}" in ran.out


def test_what_was_not_planted_is_named(home: Path) -> None:
    ran = sentinel("demo", "--once", "--port", "0", "--add", "unattached_volume", home=home)
    assert ran.code == 1, ran.err
    assert "not planted: disk.unattached on arn:aws:ec2:eu-west-1:111111111111:volume/vol-0de0add0000000001" in ran.out


@dataclass(frozen=True)
class Serving:
    """A demo after its summary."""

    process: subprocess.Popen[str]
    port: int
    out: str
    progress: str
    temporary: Path
    output: Path

    def told(self) -> str:
        """All that it has said until now."""
        return self.output.read_text()


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    home = tmp_path_factory.mktemp("serving")
    port = free_port()
    temporary = home / "tmp"
    temporary.mkdir()
    with (
        (home / "out").open("w+") as out,
        (home / "err").open("w+") as err,
        subprocess.Popen(
            [*SENTINEL, "demo", "--port", str(port)],
            env=environment(home, {"TMPDIR": str(temporary)}),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            text=True,
        ) as process,
    ):
        until = time.monotonic() + PATIENCE
        while "serving until Ctrl-C" not in (home / "err").read_text():
            assert process.poll() is None, (home / "err").read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
        yield Serving(process, port, (home / "out").read_text(), (home / "err").read_text(), temporary, home / "out")
        process.kill()


def test_the_payoff_comes_first(serving: Serving) -> None:
    order = [
        "wasted every month:",
        "demo prices: list prices of",
        "the 10 worst",
        "exposed:",
        "what could not be seen",
        "events by category:",
        "resources by service:",
        "API calls",
        "planted = found",
        f"page      http://127.0.0.1:{serving.port}/",
        "sentinel scan aws",
    ]
    places = [serving.out.index(text) for text in order]
    assert places == sorted(places)


def test_the_readme_shows_what_the_demo_says(serving: Serving) -> None:
    shown = re.findall(r"```text\n(wasted.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(shown) == 1
    for part in shown[0].split("…\n"):
        assert part.strip("\n") in serving.out


@pytest.mark.timeout(400)
def test_the_bills_follow_and_the_readme_shows_their_lines(serving: Serving) -> None:
    (shown,) = re.findall(r"```text\n(month to date.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    until = time.monotonic() + 3 * PATIENCE
    while "group_by=service" not in (told := serving.told()):
        assert time.monotonic() < until, told
        time.sleep(0.2)
    assert re.search(re.escape(shown.strip()).replace("…", "[^\n]*"), told), told
    key = re.findall(r"export SENTINEL_API_KEY=(csk_\S+)", serving.out)[0]
    url = f"http://127.0.0.1:{serving.port}/api/v1/costs/sources"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request) as answer:
        sources = json.load(answer)["items"]
    assert [(one["source"], one["months"], one["demo"]) for one in sources] == [
        ("aws-cur", 13, True),
        ("azure-export", 13, True),
        ("azure-export", 13, True),
        ("gcp-export", 13, True),
    ]


def test_a_finding_is_shown_before_the_end(serving: Serving) -> None:
    ids = "(arn:aws:|//compute|/subscriptions/)"
    assert re.search(rf"first finding\n +[\d.]+ USD  \w+  [\w.]+: .*\n(.*\n)?    {ids}", serving.progress)


def test_the_curl_of_a_finding_shows_its_evidence(serving: Serving) -> None:
    block = serving.out[serving.out.index("the 10 worst") : serving.out.index("exposed:")]
    urls = re.findall(r"curl -sH \S+ \S+ \S+ (http\S+)", block)
    assert len(urls) == 10
    key = re.findall(r"export SENTINEL_API_KEY=(csk_\S+)", serving.out)[0]
    request = urllib.request.Request(urls[0], headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request) as answer:
        finding = json.load(answer)
    assert finding["demo"] is True
    assert finding["resource_id"] in block
    assert finding["evidence"]


def test_the_denied_service_comes_with_its_statement(serving: Serving) -> None:
    assert "denied: s3:ListAllMyBuckets (s3) in us-east-1" in serving.out
    assert '{"Effect":"Allow","Action":["s3:ListAllMyBuckets"],"Resource":"*"}' in serving.out
    assert f"coverage {EVERY - 1}/{EVERY} services" in serving.out


def test_google_cloud_is_scanned_too(serving: Serving) -> None:
    assert "account retail-demo-4711: coverage 4/4 services" in serving.out
    assert re.search(r"^instance +1/1 regions, 23 resources, ", serving.progress, re.MULTILINE)


def test_the_events_of_the_demo_can_be_followed(serving: Serving, home: Path) -> None:
    [folder] = serving.temporary.glob("sentinel-demo-*")
    with subprocess.Popen(
        [*SENTINEL, "events", "tail", "--type", "aws.waste.*", "--from-start"],
        env=environment(home, {"SENTINEL_BUS": f"sqlite:///{folder / 'bus.sqlite'}"}),
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        types = {json.loads(process.stdout.readline())["type"] for _ in range(30)}
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == ""
    assert all(name.startswith("aws.waste.") for name in types)


def test_ctrl_c_ends_it_and_leaves_nothing(serving: Serving) -> None:
    children = psutil.Process(serving.process.pid).children(recursive=True)
    assert len(children) >= 4
    serving.process.send_signal(signal.SIGINT)
    assert serving.process.wait(30) == 0
    assert [child for child in children if lives(child)] == []
    assert list(serving.temporary.glob("sentinel-demo-*")) == []


def lives(process: psutil.Process) -> bool:
    """Not one that has ended and that whoever inherited it has not looked at yet."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_busy_port_is_one_line(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = sentinel("demo", "--port", port, home=home)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert port in ran.err
    assert "--port" in ran.err


def test_no_free_disk_is_one_line() -> None:
    folder = Path(tempfile.gettempdir())
    with pytest.raises(CommandError, match=r"no space left in .* TMPDIR") as caught:
        require_room(folder, needed_bytes=2**60)
    assert caught.value.code == ExitCode.INTERNAL
    assert "\n" not in str(caught.value)


def test_a_broker_without_kafka_is_bad_input(home: Path) -> None:
    ran = sentinel("demo", "127.0.0.1:9092", home=home)
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    assert "sentinel demo --kafka 127.0.0.1:9092" in ran.err


def test_a_broker_that_is_not_there_is_told(home: Path) -> None:
    ran = sentinel("demo", "--once", "--port", "0", "--kafka", f"127.0.0.1:{free_port()}", home=home)
    assert ran.code == 3
    assert len(ran.err.splitlines()) <= 2
    assert "kafka" in ran.err.lower()


@pytest.mark.kafka
@pytest.mark.skipif(means() is None and not os.environ.get("CI"), reason="Kafka needs Java with Maven, or Docker")
def test_found_is_planted_over_kafka_with_a_live_tail(home: Path) -> None:
    ran = sentinel("demo", "--once", "--port", "0", "--kafka", home=home)
    assert ran.code == 0, ran.err
    assert "planted = found" in ran.out
    assert re.search(r"^sentinel\.events +[\d,]+  aws\.\w+\.\w+\.", ran.err, re.MULTILINE)
    assert "Traceback" not in ran.err
    assert "Unclosed" not in ran.err
