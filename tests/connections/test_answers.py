"""The files of kept answers: whole or not there, without secrets, and never too many."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from connections.answers import AnswerFiles
from schemas.details import KeptAnswer, Question

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
ASKED = Question("acme", "aws", False, "1", "arn:aws:iam::1:role/r", "eu-west-1", "s3:GetBucketAcl", {"Bucket": "web"})


@pytest.fixture
def files(tmp_path: Path) -> AnswerFiles:
    return AnswerFiles(tmp_path / "answers", 1, lambda: NOW)


def kept(**answer: Any) -> KeptAnswer:
    return KeptAnswer(answer, NOW)


def test_an_answer_comes_back_as_it_was(files: AnswerFiles, tmp_path: Path) -> None:
    told = kept(Name="web", Size=3, On=True, Share=0.5, Made=NOW, Empty=None, Grants=[{"URI": "all"}])
    files.keep(ASKED, told, None)
    assert files.find(ASKED) == told
    (file,) = (tmp_path / "answers").glob("*/*")
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert b"role/r" not in file.read_bytes()


@pytest.mark.parametrize(
    "other",
    [
        ASKED._replace(client_id="other"),
        ASKED._replace(provider="other"),
        ASKED._replace(demo=True),
        ASKED._replace(account="2"),
        ASKED._replace(principal="arn:aws:iam::1:role/other"),
        ASKED._replace(region="eu-west-2"),
        ASKED._replace(operation="s3:GetBucketPolicyStatus"),
        ASKED._replace(arguments={"Bucket": "other"}),
    ],
)
def test_nobody_else_finds_it(files: AnswerFiles, other: Question) -> None:
    files.keep(ASKED, kept(Name="web"), None)
    assert files.find(other) is None


@pytest.mark.parametrize(
    "answer",
    [
        {"Environment": {"Variables": {"MODE": "fast"}}},
        {"Policy": "AKIAIOSFODNN7EXAMPLE"},
        {"Tags": [{"Key": "db-password", "Value": "x"}]},
        {"Url": "postgres://me:pass@host/db"},
    ],
)
def test_what_holds_a_secret_is_not_kept_and_what_was_kept_goes(
    files: AnswerFiles, tmp_path: Path, answer: dict[str, Any]
) -> None:
    files.keep(ASKED, kept(Name="web"), None)
    files.keep(ASKED, kept(**answer), None)
    assert files.find(ASKED) is None
    assert list((tmp_path / "answers").glob("*/*")) == []


def test_what_the_model_calls_sensitive_is_not_kept(files: AnswerFiles) -> None:
    model = ServiceModel(Loader().load_service_model("ssm", "service-2"))
    shape = model.operation_model("DescribeMaintenanceWindows").output_shape
    files.keep(ASKED, kept(WindowIdentities=[{"Name": "night", "Description": "of the shop"}]), shape)
    assert files.find(ASKED) is None
    files.keep(ASKED, kept(WindowIdentities=[{"Name": "night"}]), shape)
    assert files.find(ASKED) is not None


def test_there_are_never_too_many(tmp_path: Path) -> None:
    files = AnswerFiles(tmp_path / "answers", 1, lambda: NOW)
    for number in range(30):
        asked = ASKED._replace(arguments={"Bucket": str(number)})
        files.keep(asked, kept(Name="x" * 100_000), None)
        for path in (tmp_path / "answers").glob("*/*"):
            if path.stat().st_mtime > NOW.timestamp():
                os.utime(path, (NOW.timestamp(), NOW.timestamp() - 30 + number))
    left = [number for number in range(30) if files.find(ASKED._replace(arguments={"Bucket": str(number)}))]
    assert left
    assert left == list(range(left[0], 30))
    assert len(left) <= 20


def test_files_that_no_scan_may_take_any_more_go(tmp_path: Path) -> None:
    AnswerFiles(tmp_path, 1, lambda: NOW).keep(ASKED, kept(Name="web"), None)
    (old,) = tmp_path.glob("*/*")
    os.utime(old, (0, NOW.timestamp() - 8 * 86_400))
    AnswerFiles(tmp_path, 1, lambda: NOW).keep(ASKED._replace(region="eu-west-2"), kept(Name="web"), None)
    assert not old.exists()


def test_a_folder_that_cannot_be_written_costs_no_scan(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("a file")
    files = AnswerFiles(tmp_path / "answers", 1, lambda: NOW)
    files.keep(ASKED, kept(Name="web"), None)
    assert files.find(ASKED) is None
    files.drop(ASKED)
