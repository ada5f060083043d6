"""Signing in to a broker that asks for it: TLS, SCRAM and ACLs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from bus import BusError, Outgoing, bus_of
from bus.access import kafka_access
from schemas.errors import InvalidInputError
from schemas.settings import Settings
from tests.support.kafka_secure import ADMIN, SecureBroker

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("secure-broker")]


async def test_who_signs_in_sends_and_reads(secure_kafka: SecureBroker) -> None:
    bus = bus_of(secure_kafka.settings_of(ADMIN))
    await bus.start(["signed-in"])
    sender = bus.sender()
    await sender.send([Outgoing("signed-in", "k", b"v")])
    await sender.flush()
    consumer = await bus.subscribe(["signed-in"], "readers")
    until = time.monotonic() + 30
    while not (messages := await consumer.fetch()):
        assert time.monotonic() < until
    assert [message.value for message in messages] == [b"v"]
    await consumer.close()
    await bus.close()


async def test_a_wrong_password_is_told_and_not_repeated(secure_kafka: SecureBroker) -> None:
    bus = bus_of(secure_kafka.settings_of(ADMIN, kafka_password="planted-password"))
    with pytest.raises(BusError, match="refuses us: SASL authentication error") as refused:
        await bus.ping()
    await bus.close()
    assert "planted" not in str(refused.value)


async def test_an_authority_that_did_not_sign_is_told(secure_kafka: SecureBroker) -> None:
    bus = bus_of(secure_kafka.settings_of(ADMIN, kafka_ca=None))
    with pytest.raises(BusError, match=r"refuses us: .*certificate verify failed"):
        await bus.ping()
    await bus.close()


async def test_who_may_not_is_told_so(secure_kafka: SecureBroker) -> None:
    bus = bus_of(secure_kafka.settings_of("stranger"))
    with pytest.raises(BusError, match="Authorization failed"):
        await bus.start(["not-for-strangers"])
    await bus.close()


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"kafka_security": "sasl_ssl", "kafka_password": "x"}, "SENTINEL_KAFKA_USERNAME"),
        ({"kafka_security": "sasl_plaintext", "kafka_username": "x"}, "SENTINEL_KAFKA_PASSWORD"),
        ({"kafka_username": "x"}, "SENTINEL_KAFKA_USERNAME"),
        ({"kafka_security": "ssl", "kafka_ca": "/nowhere/ca.pem"}, "SENTINEL_KAFKA_CA"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(changes: dict[str, Any], name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=name):
        kafka_access(Settings(home=tmp_path, **changes))
