"""Tokens that say nothing: 256 random bits. Stored is their hash, which needs no salt."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Final, NamedTuple

from schemas.errors import InvalidInputError

KEY: Final = re.compile(r"csk_([0-9a-f]{16})_[\w-]{43}")


class NewKey(NamedTuple):
    """An API key: its id stands in it, so that it is found without trying."""

    key_id: str
    key: str


def new_key() -> NewKey:
    """To be shown once."""
    key_id = secrets.token_hex(8)
    return NewKey(key_id, f"csk_{key_id}_{secrets.token_urlsafe(32)}")


def key_id_of(key: str) -> str | None:
    """The id that stands in a key; None for what is no key."""
    found = KEY.fullmatch(key)
    return None if found is None else found[1]


def check_first_key(key: str) -> None:
    """Raises ``InvalidInputError`` for a setting that is no key; it repeats nothing of it."""
    if key and key_id_of(key) is None:
        form = "csk_, 16 hex digits, _ and 43 characters of base64url (`sentinel admin key` makes one)"
        raise InvalidInputError("SENTINEL_FIRST_KEY", None, form)


def new_token() -> str:
    """For a session."""
    return f"csr_{secrets.token_urlsafe(32)}"


def digest(token: str) -> str:
    """What is stored of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(token: str, hashed: str) -> bool:
    """Whether the hash is of this token, in a time that does not tell how much of it is right."""
    return hmac.compare_digest(digest(token), hashed)
