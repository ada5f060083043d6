"""Each example of docs/subscribers.md against a broker that signs people in and asks who may what."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from msgspec.structs import replace

from bus import BusError, Outgoing, bus_of
from schemas.event import CONTENT_TYPE, Event, encode, schema_of
from schemas.topics import TOPICS, events_topic, fixed_topics
from tests.data_plane.scripted import event_of, spec_of, task_of, wasted
from tests.support.kafka_secure import ADMIN, PASSWORDS, SecureBroker

PAGE = (Path(__file__).parents[2] / "docs/subscribers.md").read_text()
TEMPLATE = "sentinel.events.{client}"
TASK = task_of(spec_of(client_id="acme"))
EVENTS = [replace(each, dataschema=schema_of(each.type)) for each in (event_of(TASK, 1), wasted(TASK, 2))]
TYPES = ["aws.metadata.ebs.state", "aws.waste.ebs.unattached"]

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.xdist_group("secure-broker")]


def example(name: str) -> str:
    (found,) = re.findall(rf"```\w+ {name}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def acls(name: str) -> list[AclBinding]:
    """What the commands of the page ask for."""
    return [rule for line in example(name).strip().splitlines() for rule in _rules(shlex.split(line)[1:])]


def _rules(arguments: Sequence[str]) -> list[AclBinding]:
    parser = argparse.ArgumentParser()
    for option in ("--bootstrap-server", "--allow-principal", "--topic", "--group"):
        parser.add_argument(option)
    parser.add_argument("--add", action="store_true", required=True)
    parser.add_argument("--cluster", action="store_true")
    parser.add_argument("--operation", action="append", required=True)
    parser.add_argument("--resource-pattern-type", default="literal")
    asked = parser.parse_args(arguments)
    kind, name = (
        (ResourceType.BROKER, "kafka-cluster")
        if asked.cluster
        else (ResourceType.TOPIC, asked.topic)
        if asked.topic
        else (ResourceType.GROUP, asked.group)
    )
    pattern = ResourcePatternType[asked.resource_pattern_type.upper()]
    return [
        AclBinding(kind, name, pattern, asked.allow_principal, "*", _operation(each), AclPermissionType.ALLOW)
        for each in asked.operation
    ]


def _operation(name: str) -> AclOperation:
    return AclOperation[re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()]


@pytest.fixture(scope="module")
def allowed(secure_kafka: SecureBroker) -> SecureBroker:
    """The broker with the rules of the page."""
    reach = secure_kafka.settings_of(ADMIN)
    access: dict[str, Any] = {
        "bootstrap.servers": secure_kafka.address,
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": str(reach.kafka_ca),
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": ADMIN,
        "sasl.password": PASSWORDS[ADMIN],
    }
    rules = [*acls("acl platform"), *acls("acl subscriber")]
    assert len(rules) == 8
    admin = AdminClient(access)
    for made in admin.create_acls(rules).values():
        made.result()
    return secure_kafka


@pytest.fixture
async def told(allowed: SecureBroker) -> SecureBroker:
    """The platform, with its own rules only, has told facts of two clients, and reads them back."""
    bus = bus_of(allowed.settings_of("platform"))
    topics = [*fixed_topics(TEMPLATE), *(events_topic(TEMPLATE, client) for client in ("acme", "zeta"))]
    await bus.start(topics)
    sender = bus.sender()
    await sender.send([outgoing("acme", event) for event in EVENTS])
    await sender.send([outgoing("zeta", event_of(task_of(spec_of(client_id="zeta")), 3))])
    await sender.flush()
    consumer = await bus.subscribe(["sentinel.events.acme"], "store")
    until = time.monotonic() + 30
    while not await consumer.fetch():
        assert time.monotonic() < until
    await consumer.close()
    await bus.close()
    return allowed


def outgoing(client: str, event: Event) -> Outgoing:
    return Outgoing(events_topic(TEMPLATE, client), event.subject, encode(event), {"content-type": CONTENT_TYPE})


def variables(broker: SecureBroker) -> dict[str, str]:
    return {
        **os.environ,
        "BROKERS": broker.address,
        "TOPIC": "sentinel.events.acme",
        "CA": str(broker.ca),
        "KAFKA_USER": "acme-team",
        "KAFKA_PASSWORD": PASSWORDS["acme-team"],
    }


def test_the_example_with_aiokafka_reads_what_is_wasted(told: SecureBroker) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", example("aiokafka")],
        env=variables(told),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as reading:
        assert reading.stdout is not None
        line = reading.stdout.readline()
        reading.kill()
    assert line == f"{EVENTS[1].subject} 8.80\n"


@pytest.fixture
def kcat() -> str:
    found = shutil.which("kcat")
    if found is None:
        lack = "kcat is not here: apt install kcat"
        if os.environ.get("CI") == "true":
            pytest.fail(lack)
        pytest.skip(lack)
    return found


def test_the_example_with_kcat_prints_each_event(told: SecureBroker, kcat: str) -> None:
    ran = subprocess.run(
        ["/bin/sh", "-c", example("kcat")], env=variables(told), capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert {json.loads(line)["type"] for line in ran.stdout.splitlines()} == set(TYPES)


async def test_what_is_not_allowed_is_refused(told: SecureBroker) -> None:
    bus = bus_of(told.settings_of("acme-team"))
    with pytest.raises(BusError, match=r"no topic 'sentinel\.events\.zeta'|[Aa]uthoriz"):
        await bus.subscribe(["sentinel.events.zeta"], "acme-readers")
    sender = bus.sender()
    await sender.send([outgoing("acme", EVENTS[0])])
    with pytest.raises(BusError, match=r"[Aa]uthoriz|Purged in queue"):
        await sender.flush()
    again = bus.sender()  # of a new producer, which is told the same
    await again.send([outgoing("acme", EVENTS[0])])
    with pytest.raises(BusError, match=r"[Aa]uthoriz|Purged in queue"):
        await again.flush()
    await bus.close()


def test_the_example_with_the_cloudevents_sdk_reads_our_messages() -> None:
    found: dict[str, Any] = {}
    exec(example("cloudevents"), found)
    event = EVENTS[1]
    line = found["describe"](event.subject.encode(), encode(event), {"content-type": CONTENT_TYPE.encode()})
    assert line.startswith(f"aws.waste.ebs.unattached of {event.subject} as of 2026-11-21")


def test_the_topics_of_the_page_are_those_of_the_platform() -> None:
    assert set(re.findall(r"`(sentinel\.[a-z-]+)`", PAGE)) >= set(TOPICS)
