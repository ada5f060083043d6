"""The lines of bills, as silver keeps them: from a figure down to what it is made of, by the hour and the resource.

What is read are the files of the manifests: a month is never seen half.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from schemas.focus import ACCOUNT
from stores.columns import written
from stores.costs import TAG, CostFilter, CostRow, Position
from stores.lake.duck import duck, quoted
from stores.lake.manifest import Manifest, manifests

if TYPE_CHECKING:
    from schemas.settings import Settings
    from stores.lake.objects import Objects

MONTH: Final = timedelta(days=31)
DIMENSIONS: Final[dict[str, str]] = {
    "hour": "strftime(ChargePeriodStart, '%Y-%m-%dT%H:00:00Z')",
    "day": "strftime(ChargePeriodStart, '%Y-%m-%d')",
    "month": "strftime(ChargePeriodStart, '%Y-%m')",
    "cloud": "x_provider",
    "account": ACCOUNT,
    "billing_account": "BillingAccountId",
    "service": "ServiceName",
    "category": "ServiceCategory",
    "region": "coalesce(RegionId, '')",
    "operation": "coalesce(x_operation, '')",
    "charge": "ChargeCategory",
    "resource": "coalesce(ResourceId, '')",
    "currency": "BillingCurrency",
}
"""As the store's, and what only lines know: ``hour`` and ``resource``."""
ONLY_LINES: Final = ("hour", "resource")
LINE: Final = {
    "start": "ChargePeriodStart",
    "end": "ChargePeriodEnd",
    "cloud": "x_provider",
    "billing_account": "BillingAccountId",
    "account": ACCOUNT,
    "account_name": "SubAccountName",
    "service": "ServiceName",
    "category": "ServiceCategory",
    "region": "RegionId",
    "operation": "x_operation",
    "usage_type": "x_usage_type",
    "resource": "ResourceId",
    "charge": "ChargeCategory",
    "charge_type": "x_charge_type",
    "description": "ChargeDescription",
    "quantity": "ConsumedQuantity",
    "unit": "ConsumedUnit",
    "currency": "BillingCurrency",
    "billed": "BilledCost",
    "effective": "EffectiveCost",
    "list": "ListCost",
    "tags": "Tags",
    "final": "x_is_final",
    "invoice": "InvoiceId",
    "line": "x_line_id",
}
"""What is told of a line, and the column of silver that it is."""

Condition = tuple[str, list[Any]]


class Place(NamedTuple):
    """The last line seen; the files never change."""

    start: str
    file: str
    number: int


class LinePage(msgspec.Struct, frozen=True):
    """Some lines, by name; where the next ones begin."""

    lines: list[dict[str, Any]]
    following: Place | None


class Lines:
    """The lines of one client. It blocks: for a thread."""

    def __init__(self, objects: Objects, settings: Settings) -> None:
        self._objects, self._settings = objects, settings

    def sums(
        self, asked: CostFilter, groups: Sequence[str], *, limit: int, after: Position | None = None
    ) -> list[CostRow]:
        """As ``stores.costs.sum_costs``, by hours and resources too. Raises ``LakeError``, ``InvalidInputError``."""
        columns = [*map(_expression, groups), "BillingCurrency"]
        behind = f"({', '.join(columns)}) > ({', '.join('?' * len(columns))})"
        where = _conditions(asked) + ([(behind, [*after.keys, after.currency])] if after else [])
        order = ", ".join(str(number) for number in range(1, len(columns) + 1))
        rows = self._rows(
            asked,
            f"{', '.join(columns)}, sum(BilledCost), sum(EffectiveCost), sum(ListCost), bool_and(x_is_final), "
            "bool_or(x_demo)",
            where,
            f"GROUP BY {order} ORDER BY {order} LIMIT {limit}",
        )
        return [_sums_of(row, len(groups)) for row in rows]

    def page(self, asked: CostFilter, *, limit: int, after: Place | None = None) -> LinePage:
        """Line items, the oldest first. Raises ``LakeError``, ``InvalidInputError``."""
        place = "ChargePeriodStart, x_file, file_row_number"
        behind = [(f"({place}) > (CAST(? AS TIMESTAMP), ?, ?)", list(after))] if after else []
        told = f"{', '.join(LINE.values())}, x_demo, x_file, file_row_number"
        end = f"ORDER BY {place} LIMIT {limit + 1}"
        rows = self._rows(asked, told, _conditions(asked) + behind, end)
        lines = [dict(zip([*LINE, "demo"], row, strict=False)) for row in rows[:limit]]
        if len(rows) <= limit:
            return LinePage(lines, None)
        file, number = rows[limit - 1][-2:]
        return LinePage(lines, Place(lines[-1]["start"].isoformat(), file, number))

    def _rows(self, asked: CostFilter, told: str, where: Sequence[Condition], end: str) -> list[tuple[Any, ...]]:
        held = list(self._manifests(asked))
        if not any(one.silver for one in held):
            return []
        folder = self._settings.home.absolute() / "lake-cache"
        with duck(self._settings, folder) as connection:
            paths = [str(self._objects.local(file.key, folder)) for one in held for file in one.silver]
            demo = [file.key.rpartition("/")[2] for one in held if one.demo for file in one.silver]
            conditions, values = " AND ".join(sql for sql, _ in where), [value for _, given in where for value in given]
            return connection.execute(
                f"SELECT {told} FROM {_silver(paths, demo)} WHERE {conditions} {end}",
                values,
            ).fetchall()

    def _manifests(self, asked: CostFilter) -> Iterator[Manifest]:
        """Those of months that may hold lines of these days: a line may be on the bill of the month behind it."""
        first, last = (asked.since - MONTH).isoformat()[:7], (asked.until + MONTH).isoformat()[:7]
        for one in manifests(self._objects, asked.client_id):
            wanted = one.provider in asked.values.get("cloud", [one.provider])
            if wanted and first <= one.billing_period <= last:
                yield one


def _silver(paths: Sequence[str], demo: Sequence[str]) -> str:
    files, marked = ", ".join(map(quoted, paths)), ", ".join(map(quoted, ["", *demo]))
    read = f"read_parquet([{files}], filename = true, file_row_number = true, hive_partitioning = false)"
    name = "parse_filename(filename)"
    return f"(SELECT *, {name} AS x_file, {name} IN ({marked}) AS x_demo FROM {read})"


def _conditions(asked: CostFilter) -> list[Condition]:
    days: list[Condition] = [("ChargePeriodStart >= ? AND ChargePeriodStart < ?", [asked.since, asked.until])]
    return days + [
        (f"{_expression(name)} IN ({', '.join('?' * len(values))})", list(values))
        for name, values in asked.values.items()
    ]


def _expression(name: str) -> str:
    if name.startswith(TAG):
        path = quoted(f'$."{name.removeprefix(TAG)}"')
        return f"coalesce(json_extract_string(Tags, {path}), '')"
    return DIMENSIONS[name]


def _sums_of(row: Sequence[Any], keys: int) -> CostRow:
    currency, billed, effective, listed, final, demo = row[keys:]
    return CostRow(
        keys=tuple(row[:keys]),
        currency=currency,
        billed=written(billed),
        effective=written(effective),
        list=written(listed),
        final=final,
        demo=demo,
    )
