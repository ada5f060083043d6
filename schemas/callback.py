"""Call-backs: which addresses may be called at the end of a scan, and how the call is signed (Standard Webhooks)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from schemas.errors import InvalidInputError

FIELD: Final = "callback_url"
ALLOWED: Final = "an https address without a login and without a fragment, for example https://example.com/scans/ended"
SETTING: Final = "SENTINEL_CALLBACK_SECRET"
KEY_FORM: Final = "whsec_ and the base64 of 24 to 64 bytes; several, separated by commas, while rotating"
PREFIX: Final = "whsec_"
SHORTEST_KEY: Final = 24
LONGEST_KEY: Final = 64


def check_callback_url(url: str, *, secret: str, private: bool) -> None:
    """Raises ``InvalidInputError`` for what can never be called, and where nothing could sign the call."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidInputError(FIELD, None, ALLOWED) from None
    schemes = {"https", "http"} if private else {"https"}
    if parts.scheme not in schemes or not parts.hostname or parts.fragment or port == 0 or not url.isprintable():
        raise InvalidInputError(FIELD, None, ALLOWED)
    if parts.username is not None or parts.password is not None or " " in url:
        raise InvalidInputError(FIELD, None, ALLOWED)
    if not secret:
        raise InvalidInputError(FIELD, None, f"a call-back is always signed, and {SETTING} is not set here")


def shown_url(url: str) -> str:
    """The address without its query, which may hold a token."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def read_keys(secret: str) -> tuple[bytes, ...]:
    """The keys of the setting, the newest first. Raises ``InvalidInputError``, which repeats none of it."""
    return tuple(_key(part.strip()) for part in secret.split(",")) if secret else ()


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(PREFIX) or not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise InvalidInputError(SETTING, None, KEY_FORM)
    return key


def signature(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature``: HMAC-SHA256 of ``id.timestamp.body``, one for each key."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}" for key in keys)
