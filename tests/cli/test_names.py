"""A wrong name is answered with the nearest right one, before anything is imported or asked."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cli.terminal import sentinel

SCAN = ("scan", "aws")
MISSPELLINGS = [
    ((*SCAN, "--services", "ec3"), "ec2"),
    ((*SCAN, "--services", "eb"), "ebs"),
    ((*SCAN, "--services", "snapshots"), "snapshot"),
    ((*SCAN, "--services", "ebs,snapshoot"), "snapshot"),
    ((*SCAN, "--services", "@storag"), "@storage"),
    ((*SCAN, "--services", "@computing"), "@compute"),
    ((*SCAN, "--services", "network"), "@network"),
    ((*SCAN, "--regions", "eu-wset-1"), "eu-west-1"),
    ((*SCAN, "--regions", "us-east1"), "us-east-1"),
    ((*SCAN, "--regions", "eu-west-1,eu-centrl-1"), "eu-central-1"),
    ((*SCAN, "--regions", "ap-southeast1"), "ap-southeast-1"),
    ((*SCAN, "--categories", "wast"), "waste"),
    ((*SCAN, "--categories", "waste,securty"), "security"),
    ((*SCAN, "--fail-on", "hihg"), "high"),
    ((*SCAN, "--format", "cloudevent"), "cloudevents"),
    (("catalogue", "disk.unatached"), "disk.unattached"),
    (("catalogue", "vm.idel"), "vm.idle"),
    (("catalogue", "bucket.no_livecycle"), "bucket.no_lifecycle"),
    (("catalogue", "snapshot.odl"), "snapshot.old"),
    ((*SCAN, "--servics", "ec2"), "--services"),
    ((*SCAN, "--region", "eu-west-1"), "--regions"),
    ((*SCAN, "--outptu", "x"), "--output"),
    ((*SCAN, "--profil", "x"), "--profile"),
    (("events", "tail", "--type", "aws.wast.*"), "aws.waste"),
    (("scna", "aws"), "scan"),
    (("catalog",), "catalogue"),
]


@pytest.mark.parametrize(("arguments", "meant"), MISSPELLINGS, ids=lambda value: str(value[-1]))
def test_the_nearest_right_name_is_suggested(arguments: tuple[str, ...], meant: str, home: Path) -> None:
    ran = sentinel(*arguments, home=home)
    assert ran.code == 2
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1
    _, _, guess = ran.err.lower().partition("did you mean")
    assert meant in guess.partition("?")[0]


def test_the_line_names_what_is_wrong_and_where_the_list_is(home: Path) -> None:
    ran = sentinel(*SCAN, "--services", "ec3", home=home)
    assert ran.err == 'sentinel: unknown service "ec3" for aws; did you mean "ec2"? (list: sentinel catalogue)\n'


def test_names_are_looked_at_before_the_network(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert sentinel(*SCAN, "--services", "ec3", home=home, variables={"AWS_ENDPOINT_URL": endpoint}).code == 2
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--lookback", "0d"), "1d to 90d"),
        (("--lookback", "soon"), "1d to 90d"),
        (("--max-age", "8d"), "1m to 7d, as 30m, 6h or 2d"),
        (("--external-id", "x"), "--role-arn"),
        (("--role-arn", "admin"), "not an ARN"),
        (("--resource-ids", "vol-1"), "not an ARN"),
        (("--services", ","), "empty list"),
        (("--output", "/nowhere/at/all"), "not a file in an existing folder"),
    ],
)
def test_what_cannot_be_is_one_line(arguments: tuple[str, ...], told: str, home: Path) -> None:
    ran = sentinel(*SCAN, *arguments, home=home)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert told in ran.err


def test_a_wrong_setting_is_one_line(home: Path) -> None:
    ran = sentinel("up", home=home, variables={"SENTINEL_PORT": "many"})
    assert ran.code == 2
    assert ran.err.startswith('sentinel: SENTINEL_PORT="many" is not allowed')
    assert len(ran.err.splitlines()) == 1
