"""Addresses that no bus can have are refused before anything is opened, and never with a password."""

from __future__ import annotations

import pytest

from bus import open_bus
from schemas.errors import InvalidInputError


@pytest.mark.parametrize(
    "address",
    [
        "kafka://user:pl4nted@broker:9092",
        "kafka://:pl4nted@broker:9092,user:pl4nted@other:9092",
        "amqp://user:pl4nted@broker",
        "kafka://",
        "sqlite://file",
        "",
    ],
)
def test_an_address_that_cannot_be_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(InvalidInputError, match=r"kafka://host:port.*SENTINEL_KAFKA_USERNAME") as refused:
        open_bus(address)
    assert refused.value.field == "SENTINEL_BUS"
    assert "pl4nted" not in str(refused.value)
