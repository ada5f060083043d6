"""Access tokens: JSON web tokens of a quarter of an hour that name a person and a client.

One algorithm, HMAC with SHA-256, is signed and believed, whatever a header says: that takes no library.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from schemas.errors import InvalidInputError

LIFE: Final = timedelta(minutes=15)
ISSUER: Final = "cloud-sentinel"
AUDIENCE: Final = "cloud-sentinel-api"
ALGORITHM: Final = "HS256"
SHORTEST_KEY: Final = 32


class InvalidTokenError(Exception):
    """It was not made here, or it is over."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Whom a token names."""

    user_id: str
    client_id: str


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """The keys that sign, by their ids; the first signs, all are believed."""

    keys: Sequence[tuple[str, str]]

    @staticmethod
    def read(text: str) -> TokenKeys:
        """From a comma list, the newest first. Raises ``InvalidInputError``, which repeats none of them."""
        keys = [each.strip() for each in text.split(",")]
        if any(len(each) < SHORTEST_KEY for each in keys):
            raise InvalidInputError(
                "SENTINEL_TOKEN_KEYS", None, f"keys of {SHORTEST_KEY} random characters or more, a comma between them"
            )
        return TokenKeys([(hashlib.sha256(each.encode()).hexdigest()[:8], each) for each in keys])

    def sign(self, claims: dict[str, Any], *, kind: str, now: datetime, life: timedelta) -> str:
        """A signed token of this kind."""
        key_id, key = self.keys[0]
        whole = {
            "iss": ISSUER,
            "aud": kind,
            "iat": int(now.timestamp()),
            "exp": int((now + life).timestamp()),
            **claims,
        }
        said = f"{_part({'alg': ALGORITHM, 'typ': 'JWT', 'kid': key_id})}.{_part(whole)}"
        return f"{said}.{_signature(said, key)}"

    def read_signed(self, token: str, *, kind: str, now: datetime) -> dict[str, Any]:
        """What a token of this kind says. Raises ``InvalidTokenError``."""
        said, _, signature = token.rpartition(".")
        header, _, payload = said.partition(".")
        try:
            named = msgspec.json.decode(_bytes(header), type=_Header)
            key = dict(self.keys)[named.kid]
            claims = msgspec.json.decode(_bytes(payload), type=dict[str, Any])
            right = named.alg == ALGORITHM and hmac.compare_digest(signature.encode(), _signature(said, key).encode())
            end = datetime.fromtimestamp(claims["exp"], UTC)
        except (ValueError, KeyError, TypeError, OverflowError, msgspec.MsgspecError):
            raise InvalidTokenError from None
        if not right or (claims.get("iss"), claims.get("aud")) != (ISSUER, kind) or end <= now:
            raise InvalidTokenError
        return claims

    def issue(self, claims: Claims, now: datetime) -> str:
        """An access token."""
        named = {"sub": claims.user_id, "client": claims.client_id}
        return self.sign(named, kind=AUDIENCE, now=now, life=LIFE)

    def verify(self, token: str, now: datetime) -> Claims:
        """Whom an access token names. Raises ``InvalidTokenError``."""
        said = self.read_signed(token, kind=AUDIENCE, now=now)
        return Claims(str(said["sub"]), str(said["client"]))


class _Header(msgspec.Struct):
    alg: str
    kid: str


def _part(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(document)).decode().rstrip("=")


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _signature(said: str, key: str) -> str:
    made = hmac.new(key.encode(), said.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
