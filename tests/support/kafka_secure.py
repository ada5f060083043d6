"""A broker that lets nobody in without TLS and a password, and nobody read or write what no ACL allows."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization

from demo_cloud.kafka_broker import Broker, properties

PLATFORM = "platform"
PASSWORDS = {PLATFORM: "platform-password", "acme-team": "acme-password", "stranger": "stranger-password"}
ANONYMOUS = "User:ANONYMOUS"
"""The broker itself, to its controller."""


class SecureBroker(Broker):
    """SASL_SSL with SCRAM, a throw-away authority, and ACLs."""

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
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": _jaas(PLATFORM),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._key),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.ca),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:{PLATFORM};{ANONYMOUS}",
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

    def variables(self, user: str) -> Mapping[str, str]:
        """The settings that sign in as this user."""
        return {
            "SENTINEL_BUS": f"kafka://{self.address}",
            "SENTINEL_KAFKA_SECURITY": "sasl_ssl",
            "SENTINEL_KAFKA_USERNAME": user,
            "SENTINEL_KAFKA_PASSWORD": PASSWORDS[user],
            "SENTINEL_KAFKA_CA": str(self.ca),
        }


def _pkcs8(key: bytes) -> bytes:
    """The form of a key that Java reads."""
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return serialization.load_pem_private_key(key, None).private_bytes(serialization.Encoding.PEM, *form)


def _jaas(user: str) -> str:
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return f'{module} required username="{user}" password="{PASSWORDS[user]}";'
