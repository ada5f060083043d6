"""Ids in paths. What is no id does not match, so that a name beside the ids (``bulk``) has methods of its own."""

from __future__ import annotations

from typing import Final

from starlette.convertors import Convertor, register_url_convertor

FORM: Final = "[0-9a-f]{32}"


class HexId(Convertor[str]):
    """32 hex digits."""

    regex = FORM

    def convert(self, value: str) -> str:
        """As it stands in the path."""
        return value

    def to_string(self, value: str) -> str:
        """As it stands in the path."""
        return value


register_url_convertor("hex32", HexId())
