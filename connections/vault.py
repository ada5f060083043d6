"""The vault: opens what was sealed. Only workers and ``sentinel keys rotate`` have its keys; the API never has."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas.errors import InvalidInputError, NoAccess
from schemas.sealing import (
    NONCE_BYTES,
    PRIVATE,
    SERVICES,
    SUITE,
    Owner,
    PublicKek,
    Sealed,
    Secret,
    private_raw,
    public_text,
    x25519_id,
)

if TYPE_CHECKING:
    from schemas.settings import Settings

FORM: Final = "x25519-private:KEY, aws-kms:ARN, azure-key-vault:https://VAULT/keys/NAME/VERSION or gcp-kms:NAME"
DAMAGED: Final = "its secret does not open: the row was altered, or copied from another account; give the secret anew"


class Kek(Protocol):
    """A key-encryption key: of our own, or of a KMS, which then unwraps by a call."""

    @property
    def id(self) -> str:
        """What rows name it by."""

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """The data key. May ask the network.

        Raises ``InvalidTag`` or ``ValueError`` for what it did not wrap, and ``CloudError`` where a KMS refuses.
        """

    def public(self) -> PublicKek:
        """Its public half. May ask the network. Raises ``CloudError``."""

    def public_text(self) -> str:
        """The same, as ``SENTINEL_KEK_PUBLIC`` takes it."""


class LocalKek:
    """A pair of our own; its private half stands in ``SENTINEL_KEK``."""

    def __init__(self, key: X25519PrivateKey) -> None:
        self._key = key
        self.id = x25519_id(key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> LocalKek:
        """A new pair."""
        return cls(X25519PrivateKey.generate())

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """See ``Kek``."""
        return SUITE.decrypt(wrapped, self._key, context)

    def public(self) -> PublicKek:
        """See ``Kek``."""
        return PublicKek(self.id, self._key.public_key())

    def public_text(self) -> str:
        """See ``Kek``."""
        return public_text(self._key.public_key())

    def texts(self) -> tuple[str, str]:
        """Private and public half, as the settings take them."""
        raw = base64.urlsafe_b64encode(self._key.private_bytes_raw()).decode().rstrip("=")
        return PRIVATE + raw, self.public_text()


class Vault:
    """All keys of this process, the newest first."""

    def __init__(self, keks: Sequence[Kek]) -> None:
        self.keks = tuple(keks)

    def open(self, sealed: Sealed, owner: Owner) -> Secret:
        """Raises ``NoAccess`` for a key that is not here and for a row that was touched; ``CloudError`` of a KMS."""
        return _decrypted(self._data_key(sealed, owner), sealed, owner)

    def wrap_again(self, sealed: Sealed, owner: Owner, newest: PublicKek) -> Sealed:
        """The same secret, its data key under the newest key. Raises what ``open`` raises: nothing damaged goes on."""
        data_key = self._data_key(sealed, owner)
        _decrypted(data_key, sealed, owner)
        return sealed._replace(kek_id=newest.id, wrapped_key=newest.wrap(data_key, owner.context))

    def _data_key(self, sealed: Sealed, owner: Owner) -> bytes:
        kek = next((each for each in self.keks if each.id == sealed.kek_id), None)
        if kek is None:
            has = ", ".join(each.id for each in self.keks) or "none"
            raise NoAccess(
                f"its secret is sealed under the key {sealed.kek_id}; SENTINEL_KEK of this process has: {has}",
                code="KeyMissing",
            )
        try:
            return kek.unwrap(sealed.wrapped_key, owner.context)
        except (InvalidTag, ValueError):
            raise NoAccess(DAMAGED, code="SecretDamaged") from None


def _decrypted(data_key: bytes, sealed: Sealed, owner: Owner) -> Secret:
    nonce, text = sealed.sealed[:NONCE_BYTES], sealed.sealed[NONCE_BYTES:]
    try:
        plain = AESGCM(data_key).decrypt(nonce, text, owner.context)
    except (InvalidTag, ValueError):
        raise NoAccess(DAMAGED, code="SecretDamaged") from None
    return Secret(msgspec.json.decode(plain, type=dict[str, str]))


def open_vault(settings: Settings) -> Vault:
    """The keys of ``SENTINEL_KEK``; asks no network. Raises ``InvalidInputError``, which repeats nothing of them."""
    texts = [text.strip() for text in settings.kek.split(",") if text.strip()]
    return Vault([read_kek(text, settings, number) for number, text in enumerate(texts)])


def read_kek(text: str, settings: Settings, number: int = 0) -> Kek:
    """One key of the setting. Raises ``InvalidInputError``."""
    if text.startswith(SERVICES) and "#" not in text:
        from connections.kms import kms_kek

        return kms_kek(text, settings)
    try:
        return LocalKek(X25519PrivateKey.from_private_bytes(private_raw(text)))
    except ValueError:
        raise InvalidInputError("SENTINEL_KEK", None, f"key {number + 1} is none; allowed: {FORM}") from None
