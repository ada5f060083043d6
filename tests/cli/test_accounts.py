"""``sentinel accounts`` against a real server: added, tested, scanned; and its secret is nowhere to be found."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from cli.ports import free_port
from connections.vault import LocalKek
from demo_cloud import DemoCloud
from schemas.demo import DEMO_AMBIENT_KEYS
from tests.cli.terminal import SENTINEL, Ran, environment, sentinel
from tests.cli.test_scans import until
from tests.support.identity import SIGNED_IN, VARIABLES

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("accounts-server")]

DATA = "222222222222"
PLANTED = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYPLANTEDKEY"


@dataclass
class Place:
    """A server, with all that it writes in one folder."""

    home: Path
    api: httpx.Client
    variables: Mapping[str, str]
    cloud: DemoCloud
    process: subprocess.Popen[bytes]

    def run(self, *arguments: str) -> Ran:
        return sentinel(*arguments, home=self.home, variables=self.variables)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("server")
    with serving(home, {"SENTINEL_RAW": str(home / "raw"), "SENTINEL_LOG_LEVEL": "debug"}) as opened:
        yield opened


@contextmanager
def serving(home: Path, settings: Mapping[str, str]) -> Iterator[Place]:
    """``sentinel up`` over a demo cloud that is reached as the real one is."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with DemoCloud.start() as cloud, httpx.Client(base_url=address, timeout=30, headers=SIGNED_IN) as api:
        told = {"SENTINEL_TICK_SECONDS": "0.05", **settings}
        variables = {**VARIABLES, **told, "AWS_ENDPOINT_URL": cloud.endpoint, "AWS_REGION": "us-east-1"}
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [*SENTINEL, "up", "--port", str(port)], env=environment(home, variables), stdout=log, stderr=log
            )
        try:
            until(lambda: api.get("/readyz").is_success)
            yield Place(home, api, {**VARIABLES, **settings, "SENTINEL_API_URL": address}, cloud, process)
        finally:
            process.terminate()
            process.wait(20)


def test_a_secret_is_nowhere_after_a_whole_run(place: Place) -> None:
    ran = add_data(place)
    tested = place.run("accounts", "test", "data")
    assert tested.code == 4, tested.said
    assert f"user/cloud-operator in {DATA}" in tested.out
    assert "missing s3:ListAllMyBuckets: not allowed; needed by s3" in tested.out
    assert place.api.get("/api/v1/accounts").json()["items"][0]["native_id"] == DATA
    started = place.run("scans", "start", DATA, "--services", "ebs,s3", "--regions", "us-east-1")
    assert started.code == 0, started.err
    scan_id = started.out.split()[0]
    watched = place.run("scans", "watch", scan_id)
    assert "PARTIAL" in watched.out, watched.said
    wrong = {"provider": "aws", "name": "x", "connection": {"mode": "static_keys", "secret_access_key": f"{PLANTED}\n"}}
    answers = [place.api.post("/api/v1/accounts", json=wrong).text, tested.said, watched.said, ran.said]
    answers += [
        place.api.get(f"/api/v1/{noun}").text for noun in ("accounts", "jobs", "scans", "events", "dead-letters")
    ]
    assert [one for one in answers if PLANTED in one] == []
    files = [path for path in place.home.rglob("*") if path.is_file()]
    assert {"bus.sqlite", "store.sqlite", "log"} <= {path.name for path in files}
    assert any("raw" in path.parts for path in files)
    assert [path.name for path in files if PLANTED.encode() in path.read_bytes()] == []


def add_data(place: Place) -> Ran:
    """The account of the demo whose keys stand sealed with it."""
    secret = place.home.parent / "secret"
    secret.write_text(PLANTED + "\n")
    fields = ("--mode", "static_keys", "--field", f"access_key_id={DEMO_AMBIENT_KEYS[DATA][0]}")
    ran = place.run("accounts", "add", "aws", "data", *fields, "--secret-file", f"secret_access_key={secret}")
    assert ran.code == 0, ran.err
    return ran


def _planned(place: Place, scan: str) -> bool:
    return len(place.api.get(scan).json()["tasks"]["items"]) > 1


def test_keys_are_rotated_while_a_scan_runs_and_nothing_is_lost(tmp_path: Path) -> None:
    """The engine is killed behind the rotation: the one that goes on has to open what is wrapped anew."""
    (new, _), (old, old_public) = LocalKek.generate().texts(), LocalKek.generate().texts()
    keys = {"SENTINEL_KEK": f"{new},{old}", "SENTINEL_KEK_PUBLIC": old_public, "SENTINEL_LEASE_SECONDS": "3"}
    with serving(tmp_path, keys) as place:
        add_data(place)
        place.cloud.order({"kind": "delay", "seconds": 1.0, "times": None})
        started = place.run("scans", "start", "data", "--services", "ebs,ec2", "--regions", "us-east-1,eu-west-1")
        assert started.code == 0, started.err
        scan = f"/api/v1/scans/{started.out.split()[0]}"
        until(lambda: place.api.get(scan).json()["tasks"]["by_status"].get("RUNNING", 0) > 0 and _planned(place, scan))
        rotated = place.run("keys", "rotate")
        assert rotated.code == 0, rotated.said
        assert place.api.get(scan).json()["status"] == "RUNNING"
        (engine,) = [one for one in psutil.Process(place.process.pid).children() if "engine" in one.cmdline()]
        engine.kill()
        place.cloud.order()
        until(lambda: place.api.get(scan).json()["status"] not in {"QUEUED", "RUNNING"}, seconds=90)
        ended = place.api.get(scan).json()
    assert ended["status"] == "COMPLETED", ended
    assert max(task["attempt"] for task in ended["tasks"]["items"]) > 1
    assert sum(ended["counts"]["events"].values()) == sum(task["events"] for task in ended["tasks"]["items"])


def test_a_suspended_account_is_not_scanned_and_a_deleted_one_is_gone(place: Place) -> None:
    fields = ("--mode", "assume_role", "--field", "role_arn=arn:aws:iam::123456789012:role/audit")
    ran = place.run("accounts", "add", "aws", "web", *fields)
    assert "the role has to ask for the external id" in ran.out
    assert place.run("accounts", "suspend", "web").out == "web is suspended\n"
    refused = place.run("scans", "start", "web")
    assert (refused.code, "is suspended" in refused.err) == (2, True)
    assert place.run("accounts", "activate", "web").out == "web is active\n"
    assert place.run("accounts", "delete", "web").code == 0
    gone = place.run("accounts", "test", "web")
    assert (gone.code, '"web"' in gone.err) == (2, True)


@pytest.mark.parametrize(
    ("options", "says"),
    [(("--field", "x"), "--field takes NAME=VALUE"), (("--secret-file", "key=/nowhere"), "No such file")],
)
def test_what_cannot_be_is_told(home: Path, options: tuple[str, str], says: str) -> None:
    ran = sentinel("accounts", "add", "aws", "web", "--mode", "demo", *options, home=home)
    assert (ran.code, says in ran.err) == (2, True)
