"""The audit log of raw answers: what is kept of them, what is not, and who may read it."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from connections.raw import answers, drop_before, keep, keeping, scans_in
from connections.redaction import redacted
from schemas.settings import Settings
from tests.data_plane.scripted import spec_of, task_of

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
VOLUMES = "ec2:DescribeVolumes"
PLANTED = "hunter2hunter2"


def settings(folder: Path, **change: Any) -> Settings:
    return Settings(raw=folder, **change)


def keep_some(folder: Path, *kept: Any, attempt: int = 1, **change: Any) -> list[dict[str, Any]]:
    """Answers of one attempt, and what stands in the log of its scan."""
    with keeping(task_of(attempt=attempt), settings(folder, **change), lambda: NOW):
        for answer in kept:
            keep(VOLUMES, "eu-west-1", {"MaxResults": 500}, 200, answer)
    return [dict(line) for line in answers(folder, "scan-1")]


def test_a_line_says_who_asked_what_and_what_was_answered(tmp_path: Path) -> None:
    (line,) = keep_some(tmp_path, {"Volumes": [{"VolumeId": "vol-1", "Size": 8, "CreateTime": NOW}]})
    assert line == {
        "time": "2026-11-21T04:00:00Z",
        "scan_id": "scan-1",
        "task_id": "task-1",
        "attempt": 1,
        "operation": VOLUMES,
        "account_id": "111111111111",
        "region": "eu-west-1",
        "arguments": {"MaxResults": 500},
        "status": 200,
        "answer": {"Volumes": [{"VolumeId": "vol-1", "Size": 8, "CreateTime": "2026-11-21T04:00:00Z"}]},
    }


def test_nothing_is_kept_unless_it_is_wished(tmp_path: Path) -> None:
    with keeping(task_of(), Settings(home=tmp_path), lambda: NOW):
        keep(VOLUMES, "eu-west-1", None, 200, {})
    keep(VOLUMES, "eu-west-1", None, 200, {})
    assert list(tmp_path.iterdir()) == []


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    with keeping(task_of(), settings(tmp_path), lambda: NOW):
        keep(VOLUMES, "eu-west-1", None, 200, {})
        assert [each.name for each in (tmp_path / "scan-1").iterdir()] == ["task-1.1.jsonl.gz.part"]
        assert list(answers(tmp_path, "scan-1")) == []
    assert [each.name for each in (tmp_path / "scan-1").iterdir()] == ["task-1.1.jsonl.gz"]


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    keep_some(tmp_path, {})
    place = tmp_path / "scan-1"
    assert [oct(each.stat().st_mode & 0o777) for each in (place, *place.iterdir())] == ["0o700", "0o600"]


def test_attempts_stand_apart_and_can_be_asked_for_by_task_and_operation(tmp_path: Path) -> None:
    keep_some(tmp_path, {"n": 1})
    keep_some(tmp_path, {"n": 2}, attempt=2)
    assert [line["attempt"] for line in answers(tmp_path, "scan-1", task_id="task-1", operation=VOLUMES)] == [1, 2]
    assert not list(answers(tmp_path, "scan-1", task_id="task"))
    assert not list(answers(tmp_path, "scan-1", operation="ec2:DescribeImages"))


def test_a_long_answer_is_cut_and_says_so(tmp_path: Path) -> None:
    (line,) = keep_some(tmp_path, {"text": "x" * 3000}, raw_answer_kib=1)
    assert line["truncated_from_bytes"] == 3011
    assert line["answer"] == '{"text":"' + "x" * 1015


def test_a_scan_that_has_no_room_left_says_how_many_answers_are_missing(tmp_path: Path) -> None:
    noise = [{"text": os.urandom(300_000).hex()} for _ in range(6)]
    lines = keep_some(tmp_path, *noise, raw_scan_mib=1)
    assert [line.get("left_out", 0) for line in lines[:-1]] == [0] * (len(lines) - 1)
    assert lines[-1]["left_out"] == 6 - (len(lines) - 1)
    assert 0 < lines[-1]["left_out"] < 6
    assert sum(each.stat().st_size for each in (tmp_path / "scan-1").iterdir()) < 1 << 20


def test_a_folder_that_cannot_be_written_costs_the_log_only(tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("in the way")
    with keeping(task_of(), settings(tmp_path / "raw"), lambda: NOW):
        keep(VOLUMES, "eu-west-1", None, 200, {})
    assert (tmp_path / "raw").read_text() == "in the way"


def test_what_was_kept_long_enough_goes(tmp_path: Path) -> None:
    keep_some(tmp_path, {})
    with keeping(task_of(spec_of("scan-2")), settings(tmp_path), lambda: NOW):
        keep(VOLUMES, "eu-west-1", None, 200, {})
    (old,) = (tmp_path / "scan-1").iterdir()
    long_ago = (NOW - timedelta(days=8)).timestamp()
    os.utime(old, (long_ago, long_ago))
    assert sorted(scans_in(tmp_path)) == ["scan-1", "scan-2"]
    assert drop_before(tmp_path, NOW - timedelta(days=7)) == 1
    assert scans_in(tmp_path) == ["scan-2"]


def secrets() -> Iterator[Any]:
    yield {"Password": PLANTED}
    yield {"Credentials": {"SecretAccessKey": PLANTED, "SessionToken": PLANTED}}
    yield {"UserData": PLANTED}
    yield {"Functions": [{"Environment": {"Variables": {"ANY_NAME": PLANTED}}}]}
    yield {"containerDefinitions": [{"environment": [{"name": "X", "value": PLANTED}]}]}
    yield {"Tags": [{"Key": "db-password", "Value": PLANTED}]}
    yield {"Url": f"postgres://app:{PLANTED}@db.example.com/app"}
    yield {"Text": f"-----BEGIN RSA PRIVATE KEY-----\n{PLANTED}"}
    yield {"Blob": PLANTED.encode()}
    yield {"Parameters": [{"ApiKey": PLANTED}]}


@pytest.mark.parametrize("answer", list(secrets()))
def test_no_secret_reaches_the_disk(tmp_path: Path, answer: Any) -> None:
    keep_some(tmp_path, answer)
    (file,) = (tmp_path / "scan-1").iterdir()
    written = gzip.decompress(file.read_bytes())
    assert b"hunter" not in written
    assert b"(removed)" in written


@pytest.mark.parametrize("shape", ["AKIA" + "A1" * 8, "ghp_" + "a1" * 18, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"])
def test_what_looks_like_a_key_goes_whatever_its_name(shape: str) -> None:
    assert redacted({"Description": f"use {shape}"}) == {"Description": "(removed)"}


def test_what_the_model_calls_sensitive_goes() -> None:
    shape = Session().get_service_model("ec2").operation_model("DescribeInstanceAttribute").output_shape
    assert shape.members["UserData"].members["Value"].metadata.get("sensitive") in {None, True}
    model = Session().get_service_model("lambda").shape_for("EnvironmentResponse")
    assert redacted({"Variables": {"A": PLANTED}, "Error": {"ErrorCode": "x"}}, model) == {
        "Variables": "(removed)",
        "Error": {"ErrorCode": "x"},
    }


def test_what_is_no_secret_stays() -> None:
    answer = {"PasswordEnabled": True, "Key": "Name", "Value": "cart-db", "Count": 3, "Empty": "", "Nothing": None}
    assert redacted(answer) == answer
