"""``sentinel schedules`` and ``sentinel accounts`` against a real API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from cli.accounts import command as accounts
from cli.exits import CommandError, ExitCode
from cli.ports import free_port
from cli.schedules import command as schedules
from tests.control_plane.test_process import start, wait_until_ready
from tests.support.identity import KEY, SIGNED_IN

NONE: dict[str, str | None] = {}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An API with two accounts and nothing behind it."""
    port = free_port()
    process = start(tmp_path_factory.mktemp("home"), port, SENTINEL_DEMO_ENDPOINT="http://127.0.0.1:9")
    base = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(base, process)
        for name, number in (("shop", "111111111111"), ("data", "222222222222")):
            body = {"provider": "aws", "name": name, "connection": {"mode": "demo", "account": number}, "group": name}
            httpx.post(f"{base}/api/v1/accounts", json=body, headers=SIGNED_IN, trust_env=False).raise_for_status()
        yield base
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def say(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Runs a command; what it printed."""
    monkeypatch.setenv("SENTINEL_API_URL", address)
    monkeypatch.setenv("SENTINEL_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)

    def run(command: Callable[..., int], *arguments: Any, ends: ExitCode = ExitCode.CLEAN, **named: Any) -> str:
        assert command(*arguments, **named) == ends
        return capsys.readouterr().out

    return run


def test_a_schedule_from_its_first_day_to_its_last(say: Callable[..., str]) -> None:
    told = {"name": "weekly", "cron": "0 4 * * MON", "time_zone": "Europe/Paris", "jitter_minutes": 0}
    assert "weekly starts" in say(schedules.add_schedule, told, "group=shop", {"services": "ebs,@network"})
    listed = say(schedules.list_schedules, "table")
    assert "weekly   0 4 * * MON  Europe/Paris  group=shop" in listed
    assert "nightly  0 2 * * *    UTC           all" in listed
    assert len(say(schedules.next_starts, "weekly", 3).splitlines()) == 3
    assert "is paused" in say(schedules.pause_schedule, "weekly", paused=True)
    assert "paused" in say(schedules.list_schedules, "table")
    assert "starts" in say(schedules.pause_schedule, "weekly", paused=False)
    started = say(schedules.run_schedule, "weekly")
    assert "111111111111" in started
    assert "222222222222" not in started
    again = say(schedules.run_schedule, "weekly", ends=ExitCode.INCOMPLETE)
    assert "still runs" in again
    assert "asked for" in say(schedules.list_runs, "weekly", 10, "table")
    changed = say(schedules.change_schedule, "weekly", {"cron": "0 5 * * MON", "time_zone": None}, None, NONE)
    assert "weekly starts" in changed
    assert "is deleted" in say(schedules.delete_schedule, "weekly")
    with pytest.raises(CommandError, match='did you mean "nightly"'):
        schedules.run_schedule("nighty")


def test_what_the_api_refuses_is_told_in_its_words(say: Callable[..., str]) -> None:
    told = {"name": "never", "cron": "61 * * * *", "time_zone": "UTC", "jitter_minutes": 0}
    with pytest.raises(CommandError, match="bad minute"):
        say(schedules.add_schedule, told, "all", NONE)


@pytest.mark.parametrize(
    ("text", "selection"),
    [
        ("all", {"all": True}),
        ("group=web", {"group": "web"}),
        ("unit=Root/Production", {"unit_path": "Root/Production"}),
        ("tag=team=shop", {"tag": "team=shop"}),
        ("a1,b2", {"accounts": ["a1", "b2"]}),
    ],
)
def test_accounts_are_named_in_one_of_five_ways(text: str, selection: dict[str, Any]) -> None:
    assert schedules.selection_of(text) == selection


def test_another_way_to_name_them_is_refused() -> None:
    with pytest.raises(CommandError, match="group=G, unit=PATH"):
        schedules.selection_of("owner=me")


def test_the_setup_of_an_account_is_printed_as_it_is(say: Callable[..., str]) -> None:
    assert "111111111111  shop" in say(accounts.list_accounts, "table")
    template = yaml.safe_load(say(accounts.print_setup, "111111111111", None, None))
    assert template["Resources"]["Role"]["Type"] == "AWS::IAM::Role"
    with pytest.raises(CommandError, match='did you mean "shop"'):
        accounts.print_setup("shp", None, None)


def test_a_discovery_tells_each_account_and_what_could_not_be_seen() -> None:
    member = {"native_id": "222222222222", "name": "data", "unit_path": "Root/Production"}
    result = {
        "created": [member],
        "known": [],
        "closed": [],
        "left_out": [{**member, "native_id": "555555555555", "reason": "AWS says SUSPENDED"}],
        "incomplete": ["tags: organizations:ListTagsForResource is denied"],
    }
    assert accounts.found_lines(result) == [
        "new       222222222222  data  Root/Production",
        "left out  555555555555  data  AWS says SUSPENDED",
        "not seen: tags: organizations:ListTagsForResource is denied",
    ]
