"""``sentinel scan aws`` against the demo cloud: data on standard output, one screen on standard error."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from demo_cloud import DemoCloud
from schemas.catalogue import load_catalogue
from schemas.event import decode
from tests.cli.conftest import ACCOUNT, ROLE, credentials
from tests.cli.terminal import SENTINEL, Ran, environment, sentinel

SERVICES = {one.service for one in load_catalogue().providers["aws"].services}
EVERY = len(SERVICES)
PLANTED_RULES = {"disk.unattached", "vm.idle", "snapshot.old", "ip.unassociated", "bucket.no_lifecycle"}


def scan(cloud: DemoCloud, home: Path, *arguments: str, role: tuple[str, ...] = ROLE) -> Ran:
    return sentinel("scan", "aws", *role, *arguments, home=home, variables=credentials(cloud.endpoint))


def summary(ran: Ran) -> list[str]:
    lines = ran.err.splitlines()
    return lines[next(number for number, line in enumerate(lines) if line.startswith("account ")) :]


@pytest.fixture(scope="module")
def whole(shared_cloud: DemoCloud, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return scan(shared_cloud, tmp_path_factory.mktemp("whole"))


def test_a_whole_scan_is_clean_and_complete(whole: Ran) -> None:
    assert whole.code == 0
    assert f"coverage {EVERY}/{EVERY} services" in whole.err


def test_every_line_of_the_output_is_an_event(whole: Ran) -> None:
    events = [decode(line) for line in whole.out.splitlines()]
    assert {event.accountid for event in events} == {ACCOUNT}
    assert {event.service for event in events} == SERVICES
    rules = {
        event.data.value["rule"]
        for event in events
        if isinstance(event.data.value, dict) and "rule" in event.data.value
    }
    assert rules >= PLANTED_RULES


def test_the_summary_is_one_screen(whole: Ran) -> None:
    lines = summary(whole)
    assert len(lines) <= 30
    assert all(len(line) <= 80 for line in lines if "arn:" not in line)
    assert any(line.startswith("regions  eu-central-1, eu-west-1, us-east-1") for line in lines)
    assert any("USD" in line and line.startswith("  high ") for line in lines)
    assert lines[-1].startswith("next ")


def test_ids_are_never_cut(whole: Ran) -> None:
    subjects = {decode(line).subject for line in whole.out.splitlines()}
    lines = summary(whole)
    shown = [
        line.split()[-1] for line in lines[lines.index("top findings") :] if line.split()[-1].startswith("arn:aws:")
    ]
    assert len(shown) >= 5
    assert set(shown) <= subjects


def test_there_is_one_line_of_progress_for_each_service(whole: Ran) -> None:
    progress = whole.err.splitlines()[: -len(summary(whole))]
    start = next(number for number, line in enumerate(progress) if line.startswith("scanning account"))
    assert sorted(line.split()[0] for line in progress[start + 1 :]) == sorted(SERVICES)
    assert "\x1b" not in whole.err


def test_quiet_says_nothing(cloud: DemoCloud, home: Path) -> None:
    ran = scan(cloud, home, "--services", "eip", "--quiet")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out


def test_fail_on_is_told_by_the_exit_code(cloud: DemoCloud, home: Path) -> None:
    assert scan(cloud, home, "--services", "ebs", "--fail-on", "high", "--quiet").code == 1
    assert scan(cloud, home, "--services", "eip", "--fail-on", "critical", "--quiet").code == 0


def test_2cbp_is_a_form_of_the_same_events(cloud: DemoCloud, home: Path) -> None:
    ran = scan(cloud, home, "--services", "eip", "--format", "2cbp", "--quiet")
    first = json.loads(ran.out.splitlines()[0])
    assert set(first) == {"client_id", "timestamp", "resource_id", "metric_type", "metric_value"}


def test_categories_select_events(cloud: DemoCloud, home: Path) -> None:
    ran = scan(cloud, home, "--services", "ebs", "--categories", "waste", "--quiet")
    assert {decode(line).category for line in ran.out.splitlines()} == {"waste", "scan"}


def test_resource_ids_select_resources(cloud: DemoCloud, home: Path) -> None:
    wanted = f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-0de01a10000000001"
    ran = scan(cloud, home, "--services", "ebs", "--regions", "us-east-1", "--resource-ids", wanted, "--quiet")
    assert ran.code == 0
    assert {decode(line).subject for line in ran.out.splitlines()} == {wanted, f"aws/{ACCOUNT}/us-east-1/ebs"}


def test_a_file_is_not_overwritten_unasked(cloud: DemoCloud, home: Path) -> None:
    target = home / "events.ndjson"
    target.write_text("mine\n")
    arguments = ("--services", "eip", "--quiet", "--output", str(target))
    refused = scan(cloud, home, *arguments)
    assert (refused.code, target.read_text()) == (2, "mine\n")
    assert "--force" in refused.err
    assert cloud.calls()["total"] == 0
    forced = scan(cloud, home, *arguments, "--force")
    assert (forced.code, forced.out) == (0, "")
    assert {decode(line).service for line in target.read_bytes().splitlines()} == {"eip"}


def test_a_full_disk_leaves_whole_lines(cloud: DemoCloud, home: Path) -> None:
    target = home / "events.ndjson"
    command = 'ulimit -f 1000; trap "" XFSZ; exec "$@"'
    ended = subprocess.run(
        ["bash", "-c", command, "bash", *SENTINEL, "scan", "aws", *ROLE, "--quiet", "--output", str(target)],
        env=environment(home, credentials(cloud.endpoint)),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 5
    assert "Traceback" not in ended.stderr
    body = target.read_bytes()
    assert body.endswith(b"\n")
    assert len([decode(line) for line in body.splitlines()]) > 10


def test_a_reader_that_goes_away_is_quiet(cloud: DemoCloud, home: Path) -> None:
    reading, writing = os.pipe()
    with subprocess.Popen(
        [*SENTINEL, "scan", "aws", *ROLE],
        env=environment(home, credentials(cloud.endpoint)),
        cwd=home,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(writing)
        assert os.read(reading, 100).startswith(b"{")
        os.close(reading)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "Error" not in said


def test_an_estimate_calls_nothing(cloud: DemoCloud, home: Path) -> None:
    ran = scan(cloud, home, "--estimate")
    assert ran.code == 0
    assert {line.split()[0] for line in ran.out.splitlines()[1 : 1 + EVERY]} == SERVICES
    assert "price not in the packaged list" in ran.out
    assert cloud.calls()["total"] == 0


def test_details_of_an_earlier_scan_need_not_be_asked_again(cloud: DemoCloud, home: Path) -> None:
    variables = {**credentials(cloud.endpoint), "SENTINEL_HOME": str(home / "kept")}
    asked = ("scan", "aws", *ROLE, "--services", "s3", "--output", "-", "--max-age", "6h")
    first, second = (sentinel(*asked, home=home, variables=variables) for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    assert "kept answers" not in first.err
    assert "kept answers" in second.err
    told = [[json.loads(line) for line in ran.out.splitlines()] for ran in (first, second)]
    values = [
        {(one["subject"], one["type"]): one["data"] for one in each if ".scan." not in one["type"]} for each in told
    ]
    assert values[0] == values[1]
    assert {one["asof"] for one in told[1]} > {one["asof"] for one in told[0]}
