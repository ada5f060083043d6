"""A broker that lets nobody in without TLS and a password, and nobody read or write what no ACL allows."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from demo_cloud.kafka_broker import Broker, properties
from schemas.settings import Settings

ADMIN = "admin"
PASSWORDS = {name: f"{name}-password" for name in (ADMIN, "platform", "acme-team", "stranger")}
ANONYMOUS = "User:ANONYMOUS"
"""The broker itself, to its controller."""


class SecureBroker(Broker):
    """SASL_SSL with SCRAM and PLAIN, a throw-away authority, and ACLs."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        authority = trustme.CA()
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.ca)
        server = authority.issue_cert("127.0.0.1", "localhost")
        self._key = folder / "keystore.pem"
        self._key.write_bytes(_pkcs8(server.private_key_pem.bytes()) + server.cert_chain_pems[0].bytes())
        scram = [f"SCRAM-SHA-512=[name={name},password={password}]" for name, password in PASSWORDS.items()]
        self.format_options = [part for one in scram for part in ("--add-scram", one)]

    def settings(self, here: str, controller: str) -> dict[str, str]:
        """TLS and SCRAM outside; the controller speaks in the clear on loopback."""
        return properties(here, here, controller) | {
            "listeners": f"SASL_SSL://{here},CONTROLLER://{controller}",
            "advertised.listeners": f"SASL_SSL://{here}",
            "listener.security.protocol.map": "SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "SASL_SSL",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            "listener.name.sasl_ssl.plain.sasl.jaas.config": _plain_users(),
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": _jaas(ADMIN),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._key),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.ca),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:{ADMIN};{ANONYMOUS}",
        }

    def answers(self, port: int) -> bool:
        """It takes part in a TLS handshake."""
        context = ssl.create_default_context(cafile=self.ca)
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as plain:
                plain.settimeout(2)
                with context.wrap_socket(plain, server_hostname="127.0.0.1"):
                    return True
        except OSError:
            return False

    def settings_of(self, user: str, **changes: Any) -> Settings:
        """The settings that sign in as this user."""
        signed_in: dict[str, Any] = {
            "bus": f"kafka://{self.address}",
            "kafka_security": "sasl_ssl",
            "kafka_username": user,
            "kafka_password": PASSWORDS[user],
            "kafka_ca": self.ca,
        }
        return Settings(**signed_in | changes)


@pytest.fixture(scope="session")
def secure_kafka(kafka_means: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureBroker]:
    """For tests of the group ``secure-broker``: they share it."""
    with SecureBroker(tmp_path_factory.mktemp("secure")) as broker:
        yield broker


def _pkcs8(key: bytes) -> bytes:
    """The form of a key that Java reads."""
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return serialization.load_pem_private_key(key, None).private_bytes(serialization.Encoding.PEM, *form)


def _plain_users() -> str:
    users = " ".join(f'user_{name}="{password}"' for name, password in PASSWORDS.items())
    return f"org.apache.kafka.common.security.plain.PlainLoginModule required {users};"


def _jaas(user: str) -> str:
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return f'{module} required username="{user}" password="{PASSWORDS[user]}";'
