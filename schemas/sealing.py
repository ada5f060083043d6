"""Sealing secrets: envelope encryption of which this half only seals. Opening is for workers (``connections.vault``).

A secret is encrypted by a data key of its own (AES-256-GCM), bound to its client and account; the data key is wrapped
by the public half of a key-encryption key (KEK), whose private half the API never has.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from schemas.errors import InvalidInputError

SUITE: Final = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
"""RFC 9180."""
OAEP: Final = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
"""RSAES_OAEP_SHA_256 of AWS KMS, RSA-OAEP-256 of Azure Key Vault, RSA_DECRYPT_OAEP_*_SHA256 of Cloud KMS."""
PUBLIC: Final = "x25519-public:"
PRIVATE: Final = "x25519-private:"
SERVICES: Final = ("aws-kms:", "azure-key-vault:", "gcp-kms:")
FORM: Final = "x25519-public:KEY, or a key of a KMS with its public half (REFERENCE#KEY): sentinel keys generate"
NONCE_BYTES: Final = 12
DATA_KEY_BYTES: Final = 32
LEAST_RSA_BITS: Final = 2048
_RAW_BYTES: Final = 32


class Secret:
    """The fields of a secret. It shows none of them when it is printed or logged."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = dict(fields)

    def __getitem__(self, name: str) -> str:
        return self._fields[name]

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __repr__(self) -> str:
        return f"Secret({', '.join(sorted(self._fields))})"

    def encode(self) -> bytes:
        """What is sealed."""
        return json.dumps(self._fields, sort_keys=True).encode()


class Sealed(NamedTuple):
    """What is stored of a secret."""

    kek_id: str
    wrapped_key: bytes
    sealed: bytes


class Owner(NamedTuple):
    """Whose secret it is. In another row it does not open."""

    client_id: str
    account_id: str

    @property
    def context(self) -> bytes:
        """What the encryption is bound to."""
        return json.dumps(["cloud-sentinel/secret/1", self.client_id, self.account_id]).encode()


class PublicKek(NamedTuple):
    """The half of a key-encryption key that wraps."""

    id: str
    key: X25519PublicKey | RSAPublicKey

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Only the private half unwraps it."""
        if isinstance(self.key, RSAPublicKey):
            return self.key.encrypt(data_key, OAEP)
        return SUITE.encrypt(data_key, self.key, context)


def seal(secret: Secret, owner: Owner, kek: PublicKek) -> Sealed:
    """Encrypt for this owner, under a new data key."""
    data_key, nonce = AESGCM.generate_key(DATA_KEY_BYTES * 8), os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(data_key).encrypt(nonce, secret.encode(), owner.context)
    return Sealed(kek.id, kek.wrap(data_key, owner.context), sealed)


def read_public_kek(text: str, field: str = "SENTINEL_KEK_PUBLIC") -> PublicKek:
    """The key of a setting. Raises ``InvalidInputError``, which repeats nothing of it."""
    if PRIVATE in text:
        raise InvalidInputError(field, None, f"this is a private key, which belongs into SENTINEL_KEK; {FORM}")
    try:
        if text.startswith(PUBLIC):
            raw = _unbase64(text.removeprefix(PUBLIC))
            return PublicKek(x25519_id(raw), X25519PublicKey.from_public_bytes(raw))
        reference, _, der = text.partition("#")
        key = load_der_public_key(_unbase64(der)) if reference.startswith(SERVICES) else None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_RSA_BITS:
        raise InvalidInputError(field, None, FORM)
    return PublicKek(reference, key)


def x25519_id(public: bytes) -> str:
    """What names a key pair, in rows and in what is told about keys."""
    return f"x25519:{hashlib.sha256(public).hexdigest()[:16]}"


def public_text(key: X25519PublicKey) -> str:
    """As ``SENTINEL_KEK_PUBLIC`` takes it."""
    return PUBLIC + base64.urlsafe_b64encode(key.public_bytes_raw()).decode().rstrip("=")


def service_text(reference: str, key: RSAPublicKey) -> str:
    """As ``SENTINEL_KEK_PUBLIC`` takes the key of a KMS."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"{reference}#{base64.urlsafe_b64encode(der).decode().rstrip('=')}"


def _unbase64(text: str) -> bytes:
    """Raises ``ValueError``."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise binascii.Error("not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private_raw(text: str) -> bytes:
    """The bytes of ``x25519-private:…``. Raises ``ValueError``."""
    raw = _unbase64(text.removeprefix(PRIVATE))
    if not text.startswith(PRIVATE) or len(raw) != _RAW_BYTES:
        raise ValueError("not a private key")
    return raw
