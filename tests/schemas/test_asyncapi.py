"""The AsyncAPI document: what it tells, and what the official parser says of it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas import topics
from schemas.asyncapi import document, render
from schemas.catalogue import event_types

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "tests" / "asyncapi"
PINNED = ("package.json", "package-lock.json", "check.mjs")
HOW_TO_GET_IT = "install Node.js 18 or newer and npm (Debian, Ubuntu: apt-get install nodejs npm)"
ERROR = 0


def test_the_yaml_is_the_document() -> None:
    assert yaml.safe_load(render("1.2.3")) == json.loads(json.dumps(document("1.2.3")))
    assert document("1.2.3")["info"]["version"] == "1.2.3"


def test_every_topic_is_a_channel_with_its_key() -> None:
    made = document("1")
    assert {one["address"] for one in made["channels"].values()} == set(topics.TOPICS)
    assert {one["bindings"]["kafka"]["topic"] for one in made["channels"].values()} == set(topics.TOPICS)


def test_every_event_type_is_a_message_of_the_events_channel_only() -> None:
    channels = document("1")["channels"]
    assert set(channels["events"]["messages"]) == {f"{name}.v1" for name in [*event_types(), "cost.daily"]}
    assert set(channels["scans"]["messages"]) == {"ScanMessage", "JobMessage"}


def test_the_operations_say_who_sends_and_who_reads() -> None:
    operations = document("1")["operations"]
    groups = {
        name: one["bindings"]["kafka"]["groupId"]["const"]
        for name, one in operations.items()
        if one["action"] == "receive"
    }
    assert groups == {
        "receiveScans": "planner",
        "receiveScansJobs": "jobs",
        "receiveTasks": "workers",
        "receiveEvents": "store",
        "receiveDeadLetters": "dead-letters",
    }
    assert sum(one["action"] == "send" for one in operations.values()) == len(topics.TOPICS)


def test_a_change_is_an_event_or_nothing() -> None:
    made = document("1")
    assert set(made["channels"]["changes"]["messages"]) == {"Change"}
    change = made["components"]["messages"]["Change"]
    assert change["payload"] == {"oneOf": [{"$ref": "#/components/schemas/Event"}, {"type": "null"}]}
    assert "client id|resource id|event type" in change["bindings"]["kafka"]["key"]["description"]


def _folder() -> Path:
    """The parser at its locked version in the clone's cache, installed once. Skipped without Node.js; in CI failed."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        _lacking(f"no Node.js: {HOW_TO_GET_IT}")
    digest = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in PINNED)).hexdigest()[:16]
    folder = ROOT / ".cache" / "asyncapi" / digest
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            _install(folder)
    return folder


def _install(folder: Path) -> None:
    for name in PINNED:
        shutil.copy(SOURCE / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        _lacking(f"npm could not install the AsyncAPI parser; is there a network?\n{done.stderr[-500:]}")
    (folder / "ready").touch()


def _lacking(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@cache
def _parsed(text: str) -> dict[str, Any]:
    command = ["node", "check.mjs"]
    done = subprocess.run(command, cwd=_folder(), input=text, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.xdist_group("asyncapi")
def test_the_official_parser_accepts_it() -> None:
    assert [one for one in _parsed(render("1.2.3"))["diagnostics"] if one["severity"] == ERROR] == []


@pytest.mark.xdist_group("asyncapi")
def test_the_official_parser_understands_messages_headers_and_keys() -> None:
    channels = {one["address"]: one["messages"] for one in _parsed(render("1.2.3"))["channels"]}
    assert set(channels) == set(topics.TOPICS)
    (told,) = [one for one in channels[topics.EVENTS] if one["name"] == "aws.waste.ebs.unattached"]
    assert told == {
        "name": "aws.waste.ebs.unattached",
        "contentType": "application/cloudevents+json",
        "payload": "aws.waste.ebs.unattached",
        "headers": "application/cloudevents+json",
        "key": "resource id",
    }
    (small,) = channels[topics.TASKS]
    assert (small["payload"], small["headers"], small["key"]) == (
        "TaskMessage",
        "application/json",
        "account id/region",
    )


@pytest.mark.xdist_group("asyncapi")
def test_the_official_parser_refuses_a_broken_document() -> None:
    broken = document("1")
    broken["channels"]["events"]["messages"]["gone"] = {"$ref": "#/components/messages/gone"}
    assert [one for one in _parsed(json.dumps(broken))["diagnostics"] if one["severity"] == ERROR]
