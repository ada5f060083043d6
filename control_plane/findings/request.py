"""Which findings, and what somebody decides about them."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Annotated, Final, Literal, Self

from fastapi import Path
from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from control_plane.ids import FORM
from control_plane.known_names import Region, ResourceId, Rule, Service, Text
from control_plane.paging import Cursor
from control_plane.strict import Strict
from schemas.finding import FindingStatus, Severity

MOST_AT_ONCE: Final = 1000
"""Findings that one request decides about."""
LAST_DAY: Final = date(2999, 12, 31)
ID: Final = f"^{FORM}$"

FindingId = Annotated[str, Path(pattern=ID, description="32 hex digits.")]


def _plain(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in text):
        raise PydanticCustomError("control_characters", "text without control characters")
    return text


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), AfterValidator(_plain)]


class FindingSelection(Strict):
    """All that are given must hold."""

    status: Literal["open", "ignored", "resolved", "all"] = "open"
    category: Literal["waste", "security"] | None = None
    severity: Severity | None = None
    rule: Rule = None
    account: Text = None
    region: Region = None
    service: Service = None
    scan_id: Text = None
    resource_id: ResourceId = None


class FindingFilters(FindingSelection):
    """All filters that are given must hold."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Cursor = None


class HistoryPage(Strict):
    """Which part of a history."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Cursor = None


class DecisionRequest(Strict):
    """What somebody decides: ignore it, call it resolved, or open it again."""

    status: FindingStatus = Field(
        description="`ignored`: it is left as it is; `resolved`: it was dealt with, until a later scan sees it again; "
        "`open`: what was decided before holds no longer."
    )
    reason: Words | None = Field(None, description="Why it is ignored. Required with `ignored`.")
    note: Words | None = Field(None, description="What was done. Required with `resolved`, possible with `open`.")
    until: Annotated[date, Field(le=LAST_DAY)] | None = Field(
        None, description="The last day on which it is ignored, in UTC. Left out: for ever."
    )

    @property
    def told(self) -> str | None:
        """The reason or the note: each status takes one of them."""
        return self.reason or self.note

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.status == "ignored":
            _expect("reason", self.reason, "with ignored")
            _refuse("note", self.note, "allowed with resolved and open; with ignored: reason")
        else:
            _refuse("reason", self.reason, "allowed with ignored; otherwise: note")
            _refuse("until", self.until, "allowed with ignored")
        if self.status == "resolved":
            _expect("note", self.note, "with resolved")
        return self


class BulkRequest(DecisionRequest):
    """The same decision about many findings: those of ``ids``, or all that ``filter`` lets through."""

    ids: Annotated[list[Annotated[str, Field(pattern=ID)]], Field(min_length=1, max_length=MOST_AT_ONCE)] | None = None
    filter: FindingSelection | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            raise _problem("ids", "either ids or filter, and not both")
        return self


def _expect(field: str, value: object, when: str) -> None:
    if value is None:
        raise _problem(field, f"required {when}")


def _refuse(field: str, value: object, allowed: str) -> None:
    if value is not None:
        raise _problem(field, allowed)


def _problem(field: str, text: str) -> PydanticCustomError:
    return PydanticCustomError("does_not_fit", "{text}", {"text": text, "field": field})
