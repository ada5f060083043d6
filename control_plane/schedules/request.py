"""What a schedule may be asked to be."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import Path
from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from control_plane.accounts.selection import SelectionRequest
from control_plane.ids import FORM
from control_plane.paging import Cursor
from control_plane.strict import Strict
from schemas.event import Category
from schemas.scan import DEFAULT_LOOKBACK_DAYS, MAX_LOOKBACK_DAYS
from schemas.timetable import MAX_CRON_CHARACTERS, MAX_JITTER_MINUTES

ScheduleId = Annotated[str, Path(pattern=f"^{FORM}$", description="32 hex digits.")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
Cron = Annotated[str, Field(min_length=1, max_length=MAX_CRON_CHARACTERS)]
Zone = Annotated[str, Field(min_length=1, max_length=64, description="A name of IANA, for example `Europe/Paris`.")]
Jitter = Annotated[int, Field(ge=0, le=MAX_JITTER_MINUTES, strict=True)]
Names = Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=500)]
Categories = Annotated[list[Category], Field(min_length=1, max_length=10)]
Lookback = Annotated[int, Field(ge=1, le=MAX_LOOKBACK_DAYS, strict=True)]


class ScheduleRequest(Strict):
    """A schedule to make. What is left out means all."""

    name: Label
    cron: Cron = Field(description="Minute, hour, day, month, weekday: `30 2 * * *`.")
    time_zone: Zone = "UTC"
    jitter_minutes: Jitter = Field(
        0, description="Each schedule starts late by an offset of its own, always the same, up to so many minutes."
    )
    selection: SelectionRequest
    services: Names | None = Field(
        None, description="Services and `@groups`; an account whose cloud has none of them is left out."
    )
    regions: Names | None = None
    categories: Categories | None = None
    lookback_days: Lookback = DEFAULT_LOOKBACK_DAYS
    paused: bool = False


class ScheduleChange(Strict):
    """What is to be changed; what is left out stays, `null` means all where a schedule may leave it out."""

    name: Label | None = None
    cron: Cron | None = None
    time_zone: Zone | None = None
    jitter_minutes: Jitter | None = None
    selection: SelectionRequest | None = None
    services: Names | None = None
    regions: Names | None = None
    categories: Categories | None = None
    lookback_days: Lookback | None = None
    paused: bool | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError("missing", "{text}", {"text": "nothing is to be changed", "field": ""})
        emptied = self.model_fields_set - {"services", "regions", "categories"}
        for name in sorted(emptied):
            if getattr(self, name) is None:
                raise PydanticCustomError("missing", "{text}", {"text": "it cannot be null", "field": name})
        return self


class NextQuery(Strict):
    """How many of the next starts."""

    count: Annotated[int, Field(ge=1, le=100)] = 10


class RunQuery(Strict):
    """Which page of the runs."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Cursor = None
