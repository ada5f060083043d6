"""Keyset pages: a cursor is opaque to the caller and holds the sort key of the last item."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, TypeVar

import msgspec
from pydantic import Field

from schemas.errors import InvalidInputError

T = TypeVar("T")

Cursor = Annotated[str | None, Field(max_length=4096, description="`next_cursor` of the page before.")]


def limited(default: int, most: int) -> object:
    """The default and bounds of a page's size."""
    return Field(default, ge=1, le=most, description=f"Items in a page, {most} at most.")


def write_cursor(key: object) -> str:
    """The cursor that goes on after this sort key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def read_cursor(cursor: str | None, kind: type[T]) -> T | None:
    """The sort key of a cursor. Raises ``InvalidInputError`` for one that we did not write."""
    if cursor is None:
        return None
    try:
        body = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(body, type=kind)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise InvalidInputError("cursor", cursor, "the next_cursor of the page before, unchanged") from None
