"""``sentinel config check``: what is set, what is wrong, and nothing is made for it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cli.terminal import Ran, sentinel


def check(home: Path, **variables: str) -> Ran:
    return sentinel("config", "check", home=home, variables=variables)


def line_of(ran: Ran, name: str) -> str:
    [line] = [line for line in ran.out.splitlines() if line.startswith(name)]
    return line


def test_a_fresh_machine_is_fine_and_stays_fresh(home: Path) -> None:
    ran = check(home)
    assert (ran.code, ran.err) == (0, "")
    assert f"SENTINEL_HOME={home}/sentinel" in ran.out
    for name in ("bus", "store"):
        assert line_of(ran, name).endswith("not there yet, made at the first start")
    assert list(home.iterdir()) == []


def test_a_store_of_this_version_is_there(home: Path) -> None:
    assert sentinel("db", "upgrade", home=home).code == 0
    ran = check(home)
    assert ran.code == 0
    assert line_of(ran, "store").endswith("store.sqlite: there")


def test_a_file_that_is_no_database_is_told(home: Path) -> None:
    other = home / "letter.txt"
    other.write_text("Dear all, this is a letter and no database. " * 100)
    ran = check(home, SENTINEL_BUS=f"sqlite:///{other}", SENTINEL_STORE=f"sqlite:///{other}")
    assert ran.code == 3
    assert "not a database" in line_of(ran, "bus")
    assert not line_of(ran, "store").endswith("there")


def test_a_broker_that_listens_is_enough(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_server(("127.0.0.1", 0)) as gone:
        port, dead = listening.getsockname()[1], gone.getsockname()[1]
        gone.close()
        ran = check(home, SENTINEL_BUS=f"kafka://127.0.0.1:{dead},127.0.0.1:{port}")
        assert ran.code == 0
        assert line_of(ran, "bus").endswith(f"127.0.0.1:{port} answers")
        alone = check(home, SENTINEL_BUS=f"kafka://127.0.0.1:{dead}")
    assert alone.code == 3
    assert "no broker answers" in line_of(alone, "bus")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"SENTINEL_BUS": "redis://here"}, "allowed: sqlite:///FILE"),
        ({"SENTINEL_BUS": "kafka://here"}, "kafka://host:port"),
        ({"SENTINEL_STORE": "mysql://here/x"}, "allowed: sqlite:///FILE"),
        ({"SENTINEL_WORKER_TASK": "4"}, 'did you mean "SENTINEL_WORKER_TASKS"?'),
        ({"SENTINEL_PORT": "0"}, 'SENTINEL_PORT="0" is not allowed'),
    ],
    ids=str,
)
def test_what_cannot_be_is_bad_input(home: Path, variables: dict[str, str], said: str) -> None:
    ran = check(home, **variables)
    assert ran.code == 2
    assert said in ran.said
    assert "Traceback" not in ran.err


def test_a_folder_that_may_not_be_written_to_is_told(home: Path) -> None:
    (home / "file").write_text("")
    ran = check(home, SENTINEL_STORE=f"sqlite:///{home}/file/store.sqlite")
    assert ran.code == 3
    assert "cannot be made" in line_of(ran, "store")


def test_a_password_is_never_shown(home: Path) -> None:
    for setting in ("SENTINEL_BUS", "SENTINEL_STORE"):
        ran = check(home, **{setting: "nowhere://somebody:planted-secret@127.0.0.1:1/x"})
        assert ran.code == 2
        assert "planted-secret" not in ran.said
        assert "***@127.0.0.1" in ran.out


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SENTINEL_CALLBACK_SECRET", "planted", "24 to 64 bytes"),
        ("SENTINEL_EVENTS_TOPIC", "a b", "with at most one `{client}`"),
        ("SENTINEL_KAFKA_SECURITY", "sasl_ssl", "SENTINEL_KAFKA_USERNAME"),
        ("SENTINEL_PUSH_URL", "ftp://planted@aggregator", "http or https"),
    ],
)
def test_what_a_role_would_refuse_is_told(name: str, value: str, told: str, home: Path) -> None:
    ran = sentinel("config", "check", home=home, variables={name: value})
    assert ran.code == 2
    assert told in ran.out
    assert "Traceback" not in ran.said
