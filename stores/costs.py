"""Daily costs, summed: by day and by whatever they are told apart by. Only active ingestions count.

Currencies stay apart: every row is of one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple, get_args

import msgspec
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    type_coerce,
)

from schemas.cost import IngestionStatus
from schemas.errors import InvalidInputError
from stores.cost_expressions import TagOf
from stores.store import AnyRow, ReadSession
from stores.tables import daily_costs, ingestions

Measure = Literal["billed", "effective", "list"]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
TAG: Final = "tag:"
MOST_GROUPINGS: Final = 5

_COSTS: Final = daily_costs.c
_DAY: Final = type_coerce(_COSTS.day, String)
DIMENSIONS: Final[dict[str, ColumnElement[Any]]] = {
    "day": _DAY,
    "month": func.substr(_DAY, 1, 7),
    "cloud": _COSTS.provider,
    "account": _COSTS.account_id,
    "billing_account": _COSTS.billing_account_id,
    "service": _COSTS.service_name,
    "category": _COSTS.service_category,
    "region": _COSTS.region,
    "operation": _COSTS.operation,
    "charge": _COSTS.charge_category,
}
"""What costs are grouped and filtered by, beside ``tag:NAME``."""
TIMES: Final = ("day", "month")

RateDay = tuple[str, date]
"""A currency, and a day from which on a rate holds."""


class CostFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which costs: from ``since`` to before ``until``, and by dimension the values that are let through."""

    client_id: str
    since: date
    until: date
    values: Mapping[str, Sequence[str]] = {}


class CostRow(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of one group in one currency. ``rate``: the day whose rate holds, where one was asked for."""

    keys: tuple[str, ...]
    currency: str
    billed: Decimal
    effective: Decimal
    list: Decimal
    final: bool
    """Whether all of it is on closed bills; else it is an estimate."""
    demo: bool = False
    rate: date | None = None

    def amount(self, measure: Measure) -> Decimal:
        """One of the three."""
        return Decimal(getattr(self, measure))


class Position(NamedTuple):
    """The last row seen."""

    keys: tuple[str, ...]
    currency: str


def check_dimension(field: str, name: str, more: Sequence[str] = ()) -> str:
    """The name. Raises ``InvalidInputError`` for what costs are not told apart by."""
    tag = name.removeprefix(TAG)
    if name in DIMENSIONS or name in more or (name != tag and 0 < len(tag) <= 128 and '"' not in tag):  # noqa: PLR2004
        return name
    raise InvalidInputError(field, name, f"allowed: {', '.join([*DIMENSIONS, *more])}, tag:NAME")


async def sum_costs(
    r: ReadSession,
    asked: CostFilter,
    groups: Sequence[str] = (),
    *,
    limit: int,
    after: Position | None = None,
    rates: Sequence[RateDay] = (),
) -> list[CostRow]:
    """The sums by ``groups`` and currency, in the order of their keys, at most ``limit`` rows.

    With ``rates`` they are told apart by the rate that holds on their day, too.
    """
    keys = [expression_of(name).label(f"k{number}") for number, name in enumerate(groups)]
    rate = _rate_number(rates).label("rate") if rates else literal(-1).label("rate")
    query = _summed([*keys, _COSTS.currency.label("c"), rate], asked)
    if after is not None:
        place = [*map(expression_of, groups), _COSTS.currency]
        query = query.where(tuple_(*place) > tuple_(*map(literal, [*after.keys, after.currency])))
    names = [*(f"k{number}" for number in range(len(keys))), "c", *(["rate"] if rates else [])]
    columns: list[ColumnElement[Any]] = [literal_column(name) for name in names]
    return [
        _row(row, len(keys), rates) for row in await r.rows(query.group_by(*columns).order_by(*columns).limit(limit))
    ]


async def account_names(r: ReadSession, client_id: str) -> Mapping[str, str]:
    """What the bills call the accounts."""
    query = (
        select(_COSTS.account_id, func.max(_COSTS.account_name).label("name"))
        .where(*_active(client_id), _COSTS.account_name.is_not(None))
        .group_by(_COSTS.account_id)
    )
    return {row.account_id: row.name for row in await r.rows(query)}


def expression_of(name: str) -> ColumnElement[Any]:
    """The value of a dimension in a row; empty where it has none."""
    if name.startswith(TAG):
        return TagOf(_COSTS.tags, literal(name.removeprefix(TAG)))
    return DIMENSIONS[name]


def _summed(columns: Sequence[ColumnElement[Any]], asked: CostFilter) -> Select[Any]:
    sums = (
        func.sum(_COSTS.billed).label("billed"),
        func.sum(_COSTS.effective).label("effective"),
        func.sum(_COSTS.list).label("list"),
        func.min(case((_COSTS.is_final, 1), else_=0)).label("final"),
        func.max(case((_COSTS.demo, 1), else_=0)).label("demo"),
    )
    return select(*columns, *sums).where(*conditions_of(asked))


def conditions_of(asked: CostFilter) -> list[ColumnElement[bool]]:
    """What a row must be."""
    days = [_COSTS.day >= asked.since, _COSTS.day < asked.until]
    values = [expression_of(name).in_(values) for name, values in asked.values.items() if name != "currency"]
    currencies = asked.values.get("currency")
    return [*_active(asked.client_id), *days, *values, *([_COSTS.currency.in_(currencies)] if currencies else [])]


def _active(client_id: str) -> list[ColumnElement[bool]]:
    chosen = ingestions.c.client_id == client_id, ingestions.c.status == IngestionStatus.COMPLETE
    return [_COSTS.client_id == client_id, _COSTS.ingestion_id.in_(select(ingestions.c.id).where(*chosen))]


def _rate_number(rates: Sequence[RateDay]) -> ColumnElement[int]:
    """The place in ``rates`` of the one that holds on the day of a row: the newest that has begun; -1 without."""
    newest_first = sorted(enumerate(rates), key=lambda each: each[1][1], reverse=True)
    whens = [
        (and_(_COSTS.currency == currency, _COSTS.day >= begins), literal_column(str(number), Integer))
        for number, (currency, begins) in newest_first
    ]
    return case(*whens, else_=literal_column("-1", Integer))


def _row(row: AnyRow, keys: int, rates: Sequence[RateDay]) -> CostRow:
    return CostRow(
        keys=tuple(row[:keys]),
        currency=row.c,
        billed=row.billed,
        effective=row.effective,
        list=row.list,
        final=bool(row.final),
        demo=bool(row.demo),
        rate=rates[row.rate][1] if row.rate >= 0 else None,
    )
