"""Models of what comes in: unknown fields are refused with the nearest right name, never ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from schemas.catalogue import nearest


class Strict(BaseModel):
    """A body or the query of a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _know_all_fields(cls, given: Any) -> Any:  # noqa: ANN401 - whatever came in
        unknown = [name for name in given if name not in cls.model_fields] if isinstance(given, Mapping) else []
        if unknown:
            guess = nearest(str(unknown[0]), cls.model_fields)
            hint = f'did you mean "{guess}"? ' if guess else ""
            text = f"unknown field; {hint}allowed: {', '.join(cls.model_fields)}"
            raise PydanticCustomError("unknown_field", "{text}", {"text": text, "field": str(unknown[0])[:60]})
        return given
