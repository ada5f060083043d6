"""The forms of bills that can be ingested, by the names that people type."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from schemas.catalogue import unknown_name

if TYPE_CHECKING:
    from finops.readers.protocol import Reader

READERS: Final = {"aws-cur": "aws_cur:AwsCur"}
"""By name: the module below ``finops.readers`` and its class."""


def reader_named(name: str) -> Reader:
    """Raises ``InvalidInputError`` for a form that does not exist."""
    if name not in READERS:
        raise unknown_name("source", "form of a bill", name, sorted(READERS))
    module, _, made = READERS[name].partition(":")
    found: Any = getattr(import_module(f"finops.readers.{module}"), made)
    reader: Reader = found()
    return reader
