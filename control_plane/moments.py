"""Moments in queries: text with a zone; a bare number is no moment."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError


def _text(given: Any) -> Any:  # noqa: ANN401 - whatever came in
    if isinstance(given, str) and not given[:5].endswith("-"):
        raise PydanticCustomError("timezone_aware", "a time with its zone")
    return given


Moment = Annotated[AwareDatetime, BeforeValidator(_text)]
