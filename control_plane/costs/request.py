"""Which costs: days, filters, groupings, and in which form they are told."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from control_plane.paging import Cursor
from control_plane.strict import Strict
from finops.analysis.filters import cost_filter
from finops.analysis.table import ONLY_LINES
from schemas.errors import InvalidInputError
from stores.costs import MOST_GROUPINGS, CostFilter, Measure, check_dimension

DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31)
Form = Literal["json", "csv", "parquet"]


def _words(given: Any) -> Any:  # noqa: ANN401 - whatever came in
    """Several values by commas or by repeating the parameter."""
    if isinstance(given, list) and all(isinstance(each, str) for each in given):
        return [word.strip() for each in given for word in each.split(",") if word.strip()]
    return given


def _dimensions(names: list[str]) -> list[str]:
    for name in names:
        try:
            check_dimension("group_by", name, ONLY_LINES)
        except InvalidInputError as error:
            raise PydanticCustomError("unknown_name", "{text}", {"text": error.allowed}) from None
    if len(set(names)) != len(names):
        raise PydanticCustomError("twice", "each dimension once")
    return names


def _pair(tag: str) -> str:
    name, separator, _ = tag.partition("=")
    if not separator or not name or '"' in name:
        raise PydanticCustomError("not_a_pair", "a tag as NAME=VALUE")
    return tag


def _written(given: Any) -> Any:  # noqa: ANN401 - whatever came in
    """A bare number is no day."""
    if isinstance(given, str) and not DAY.fullmatch(given):
        raise PydanticCustomError("date_parsing", "a day")
    return given


def _possible(day: date) -> date:
    if not FIRST <= day <= LAST:
        raise PydanticCustomError("impossible", "a day from 2000-01-01 to 2999-12-31")
    return day


BillDay = Annotated[date, BeforeValidator(_written), AfterValidator(_possible)]
Value = Annotated[str, Field(max_length=512)]
Values = Annotated[list[Value], Field(max_length=20)]
Tags = Annotated[list[Annotated[Value, AfterValidator(_pair)]], Field(max_length=20)]
Groups = Annotated[list[str], BeforeValidator(_words), AfterValidator(_dimensions), Field(max_length=MOST_GROUPINGS)]


class CostSelection(Strict):
    """All filters that are given must hold; of several values of one, any."""

    since: BillDay | None = Field(None, description="First day. Without it the first of the month of the last day.")
    until: BillDay | None = Field(None, description="Day behind the last one. Without it all that is there.")
    cloud: Values = Field([])
    account: Values = Field([])
    billing_account: Values = Field([])
    service: Values = Field([], description="As the bill names it, for example `Amazon Simple Storage Service`.")
    category: Values = Field([], description="FOCUS' ServiceCategory, for example `Compute`.")
    region: Values = Field([], description="Empty: what has no region.")
    operation: Values = Field([])
    charge: Values = Field([], description="FOCUS' ChargeCategory: Usage, Purchase, Tax, Credit, Adjustment.")
    currency: Values = Field([])
    resource: Values = Field([], description="Ids as the bill has them. Answered from line items.")
    tag: Tags = Field([], description="NAME=VALUE; an empty value: what does not have the tag.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.since >= self.until:
            text = "before until, which is the day behind the last one"
            raise PydanticCustomError("does_not_fit", "{text}", {"text": text, "field": "since"})
        return self

    @property
    def from_lines(self) -> bool:
        """Whether only line items can answer it."""
        return bool(self.resource)

    def filter(self, client_id: str, today: date) -> CostFilter:
        """As the store takes it."""
        until = self.until or today + timedelta(days=1)
        since = self.since or (until - timedelta(days=1)).replace(day=1)
        values = {name: getattr(self, name) for name in _FILTERS if getattr(self, name)}
        return cost_filter(client_id, since, until, values, self.tag)


_FILTERS: Final = (
    "cloud", "account", "billing_account", "service", "category", "region", "operation", "charge", "currency",
    "resource",
)  # fmt: skip


class Converted(Strict):
    """In which currency."""

    convert_to: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = Field(
        None, description="Add up currencies into this one, by the rates that SENTINEL_RATES names."
    )


class CostsRequest(CostSelection, Converted):
    """Costs by groups."""

    group_by: Groups = Field(
        [],
        description="Up to five of day, month, cloud, account, billing_account, service, category, region, operation, "
        "charge, tag:NAME, hour, resource. The last two are answered from line items.",
    )
    measure: Measure = Field("effective", description="What `top` goes by.")
    top: Annotated[int, Field(ge=1, le=1000)] | None = Field(None, description="Only the dearest groups.")
    format: Form | None = Field(None, description="Without it by the header Accept; JSON otherwise.")
    limit: Annotated[int, Field(ge=1, le=10_000)] = 1000
    cursor: Cursor = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.top is not None and self.cursor is not None:
            raise _problem("cursor", "not with top, which has one page")
        if self.convert_to is not None and (self.from_lines or self.cursor is not None):
            name = "cursor" if self.cursor is not None else "convert_to"
            raise _problem(name, "a conversion has one page, and needs days: it goes without hour and resource")
        return self

    @property
    def from_lines(self) -> bool:
        """Whether only line items can answer it."""
        return bool(self.resource) or any(name in ONLY_LINES for name in self.group_by)


class LinesRequest(CostSelection):
    """Line items of bills."""

    format: Literal["json", "csv"] | None = Field(None, description="Without it by the header Accept.")
    limit: Annotated[int, Field(ge=1, le=10_000)] = 100
    cursor: Cursor = None


class SummaryRequest(Strict):
    """The month to date."""

    measure: Measure = "effective"


class TopRequest(CostSelection, Converted):
    """The dearest of one dimension."""

    by: Annotated[str, AfterValidator(lambda name: _dimensions([name])[0])] = "service"
    measure: Measure = "effective"
    count: Annotated[int, Field(ge=1, le=1000)] = 10

    @property
    def from_lines(self) -> bool:
        """Whether only line items can answer it."""
        return bool(self.resource) or self.by in ONLY_LINES

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.convert_to is not None and self.from_lines:
            raise _problem("convert_to", "a conversion needs days: it goes without hour and resource")
        return self


def _problem(field: str, text: str) -> PydanticCustomError:
    return PydanticCustomError("does_not_fit", "{text}", {"text": text, "field": field})
