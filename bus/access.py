"""How we sign in to Kafka: what librdkafka and aiokafka each want to be told."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """Plain and anonymous unless something else is said. ``certificate`` and ``key`` are for mutual TLS."""

    protocol: str = "PLAINTEXT"
    mechanism: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.protocol.endswith("SSL")

    def for_librdkafka(self) -> dict[str, str]:
        """The configuration of a producer or an admin client."""
        told = {
            "security.protocol": self.protocol,
            "sasl.mechanism": self.mechanism,
            "sasl.username": self.username,
            "sasl.password": self.password,
            "ssl.ca.location": str(self.ca or ""),
            "ssl.certificate.location": str(self.certificate or ""),
            "ssl.key.location": str(self.key or ""),
        }
        return {name: value for name, value in told.items() if value}

    def for_aiokafka(self) -> dict[str, Any]:
        """The arguments of a consumer."""
        told: dict[str, Any] = {"security_protocol": self.protocol}
        if self.mechanism:
            told |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return told | ({"ssl_context": self._context()} if self.tls else {})

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca)
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key)
        return context


def kafka_access(settings: Settings) -> KafkaAccess:
    """What the settings say. Raises ``InvalidInputError`` for what does not go together or is not there."""
    sasl = settings.kafka_security.startswith("sasl")
    for name in ("username", "password"):
        if sasl != bool(getattr(settings, f"kafka_{name}")):
            needed = f"needed with SENTINEL_KAFKA_SECURITY={settings.kafka_security}" if sasl else "used with sasl only"
            raise InvalidInputError(f"SENTINEL_KAFKA_{name.upper()}", None, needed)
    files = {name: getattr(settings, f"kafka_{name}") for name in ("ca", "certificate", "key")}
    for name, path in files.items():
        if path is not None and not path.is_file():
            raise InvalidInputError(f"SENTINEL_KAFKA_{name.upper()}", str(path), "a file in PEM form")
    return KafkaAccess(
        protocol=settings.kafka_security.upper(),
        mechanism=settings.kafka_mechanism if sasl else "",
        username=settings.kafka_username,
        password=settings.kafka_password,
        **files,
    )
