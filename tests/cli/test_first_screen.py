"""What a person reads first: what is exposed has no price, what is missing is told, the next command can be copied."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cli.board import Board
from cli.invoked import as_called
from cli.scan.estimate import Calls, known_price
from demo_cloud import DemoCloud
from tests.cli.conftest import ACCOUNT, ROLE, credentials
from tests.cli.terminal import sentinel


def test_what_is_critical_comes_first_and_exposure_has_no_price(cloud: DemoCloud, home: Path) -> None:
    ran = sentinel("scan", "aws", *ROLE, "--services", "s3,eip", home=home, variables=credentials(cloud.endpoint))
    lines = ran.err.splitlines()
    assert lines[lines.index("top findings") + 1].startswith("  exposed  critical  bucket.public: ")
    (critical,) = [line for line in lines if line.startswith("  critical ")]
    assert critical.split() == ["critical", "2", "2", "exposed"]


def test_a_resource_that_is_not_there_is_not_clean(cloud: DemoCloud, home: Path) -> None:
    gone = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:volume/vol-0000000000000gone"
    options = ("--services", "ebs", "--regions", "eu-west-1", "--resource-ids", gone)
    ran = sentinel("scan", "aws", *ROLE, *options, home=home, variables=credentials(cloud.endpoint))
    assert ran.code == 4
    assert "1 of 1 resources that were asked for: not there" in ran.err
    assert "no findings" not in ran.err


def test_a_terminal_that_is_not_utf_8_gets_its_text(home: Path) -> None:
    ran = sentinel("catalogue", home=home, variables={"PYTHONIOENCODING": "ascii"})
    assert ran.code == 0
    assert "sentinel catalogue NAME" in ran.out


@pytest.mark.parametrize("command", [("up",), ("db", "upgrade"), ("events", "tail")])
def test_a_home_that_cannot_be_is_one_line(command: tuple[str, ...], home: Path) -> None:
    ran = sentinel(*command, home=home, variables={"SENTINEL_HOME": "/proc/sentinel", "SENTINEL_PORT": "1"})
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    if command != ("up",):  # that one may lack the right to the port first
        assert "/proc/sentinel" in ran.err
        assert "choose SENTINEL_HOME" in ran.err


def test_a_wrong_value_without_a_neighbour_is_told_plainly(home: Path) -> None:
    ran = sentinel("scan", "aws", "--format", "xml", home=home)
    assert ran.err == 'sentinel: unknown value for --format "xml" (list: cloudevents, 2cbp)\n'


def test_a_board_that_was_left_shows_only_what_ended() -> None:
    board = Board(lambda: 0.0)
    board.plan("eu-west-1", ["ebs", "ec2"])
    board.end("eu-west-1", ["ebs"])
    assert [line.split()[0] for line in board.ended_lines()] == ["ebs"]


def test_the_price_of_the_requests_is_told_and_that_others_are_unknown() -> None:
    s3 = Calls(service="s3", listing=1, enrich=8000, metric_queries=0, queries_per_call=500)  # 8,001 x 0.0000004 USD
    ebs = Calls(service="ebs", listing=2, enrich=0, metric_queries=2000, queries_per_call=500)
    assert known_price([ebs, s3]) == "s3 0.0032 USD; other calls: price not in the packaged list"
    assert known_price([ebs]) == "price not in the packaged list"


def test_the_next_command_is_written_as_this_one_was_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "sentinel"
    program.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", "/nowhere")
    assert as_called() == str(program)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert as_called() == "sentinel"
    monkeypatch.setattr(sys, "argv", ["-m"])
    assert as_called() == "sentinel"
