"""Which accounts a request means: one way to say it, for scans and for schedules."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from control_plane.ids import FORM
from control_plane.strict import Strict
from schemas.selection import AccountSelection

WAYS: Final = ("accounts", "group", "unit_path", "tag", "all")
Words = Annotated[str, StringConstraints(min_length=1, max_length=512, pattern=r"^[^\x00-\x1f\x7f]+$")]


class SelectionRequest(Strict):
    """Accounts that were added: exactly one of the ways to name them."""

    accounts: Annotated[
        list[Annotated[str, Field(pattern=f"^{FORM}$")]] | None,
        Field(min_length=1, max_length=1000, description="By the ids that `GET /api/v1/accounts` tells."),
    ] = None
    group: Words | None = None
    unit_path: Annotated[Words | None, Field(description="An organizational unit and all below it.")] = None
    tag: Annotated[Words | None, Field(description="`key`, or `key=value`.")] = None
    all: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [name for name in WAYS if getattr(self, name) is not None]
        if len(given) != 1:
            text = f"exactly one of {', '.join(WAYS)} is needed, given: {', '.join(given) or 'none'}"
            raise PydanticCustomError("selection", "{text}", {"text": text, "field": given[1] if given else ""})
        return self

    def selection(self) -> AccountSelection:
        """As it is kept."""
        ids = None if self.accounts is None else tuple(self.accounts)
        return AccountSelection(ids, self.group, self.unit_path, self.tag, self.all is True)
