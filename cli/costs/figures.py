"""``sentinel costs export|summary|top|sources``: figures from store and lake of this shell, without a server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from cli import names
from cli.configuration import load_settings
from cli.database import refuse_what_is_not_there
from cli.exits import CommandError, ExitCode
from cli.text import printable, table
from schemas.errors import InvalidInputError
from schemas.scan import DEFAULT_CLIENT

if TYPE_CHECKING:
    from finops.analysis.costs import CostTable
    from finops.analysis.rates import Conversion
    from schemas.settings import Settings
    from stores.costs import CostFilter, CostRow, Measure
    from stores.store import ReadSession

T = TypeVar("T")
PAGE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which costs, as they were typed."""

    since: str | None
    until: str | None
    cloud: Sequence[str] = ()
    account: Sequence[str] = ()
    service: Sequence[str] = ()
    region: Sequence[str] = ()
    category: Sequence[str] = ()
    tag: Sequence[str] = ()
    convert_to: str | None = None

    def filter(self, today: date) -> CostFilter:
        """As the store takes it: the current month, unless days were given."""
        from finops.analysis.filters import cost_filter

        until = _day("--until", self.until) if self.until else today + timedelta(days=1)
        since = _day("--since", self.since) if self.since else (until - timedelta(days=1)).replace(day=1)
        if since >= until:
            raise CommandError(ExitCode.BAD_INPUT, f"--since {since} has to be before --until {until}")
        wrong = next((tag for tag in self.tag if "=" not in tag), None)
        if wrong is not None:
            raise CommandError(ExitCode.BAD_INPUT, f'--tag "{wrong}": NAME=VALUE')
        typed = {name: getattr(self, name) for name in ("cloud", "account", "service", "region", "category")}
        return cost_filter(DEFAULT_CLIENT, since, until, {k: v for k, v in typed.items() if v}, self.tag)

    def conversion(self, settings: Settings) -> Conversion | None:
        """By the rates of the settings."""
        from finops.analysis.rates import conversion_into, read_rates

        return conversion_into(self.convert_to, read_rates(settings.rates)) if self.convert_to else None


def export(selection: Selection, group_by: str, output_format: str, output: Path | None) -> int:
    """Write the table to the file, or to standard output."""
    form = names.choice("--format", output_format, ("csv", "parquet"))
    settings, groups = load_settings(), _groups(group_by)
    if form == "parquet" and output is None:
        raise CommandError(ExitCode.BAD_INPUT, "--format parquet needs --output FILE")

    async def read(r: ReadSession) -> tuple[list[CostRow], dict[str, str]]:
        from stores.costs import account_names

        found = await _all_rows(r, settings, selection, groups)
        return found, dict(await account_names(r, DEFAULT_CLIENT)) if "account" in groups else {}

    rows, known = _read(settings, read)
    _write(rows, groups, known, output, settings, parquet=form == "parquet")
    return ExitCode.CLEAN


async def _all_rows(r: ReadSession, settings: Settings, selection: Selection, groups: Sequence[str]) -> list[CostRow]:
    from finops.analysis.table import costs_page, costs_whole

    asked, conversion = selection.filter(_today(settings)), selection.conversion(settings)
    if conversion is not None:
        return (await costs_whole(r, settings, asked, groups, conversion)).rows
    page = await costs_page(r, settings, asked, groups, limit=PAGE)
    rows = page.rows
    while page.following:
        page = await costs_page(r, settings, asked, groups, limit=PAGE, after=page.following)
        rows += page.rows
    return rows


def _write(
    rows: Sequence[CostRow],
    groups: Sequence[str],
    known: dict[str, str],
    output: Path | None,
    settings: Settings,
    *,
    parquet: bool,
) -> None:
    from finops.analysis.files import columns_of, csv_of, parquet_of, records_of

    columns, records = columns_of(groups), records_of(rows, groups, known)
    body = parquet_of(columns, records, settings) if parquet else csv_of(columns, records).encode()
    if output is None:
        sys.stdout.write(body.decode())
        return
    part = output.with_name(f"{output.name}.part")
    part.write_bytes(body)
    part.replace(output)
    print(f"{len(rows):,} rows written to {output}", file=sys.stderr)


def summary(measure: str, output_format: str) -> int:
    """Print the month to date by cloud and currency."""
    form = names.choice("--format", output_format, ("table", "json"))
    chosen = measure_of(measure)
    settings = load_settings()

    async def read(r: ReadSession) -> list[dict[str, Any]]:
        from finops.analysis.month import month_to_date

        return [asdict(one) for one in await month_to_date(r, DEFAULT_CLIENT, _today(settings), chosen)]

    months = _read(settings, read)
    if form == "json":
        _print_json(months)
    else:
        print("\n".join(month_lines(months)) if months else _NOTHING)
    return ExitCode.CLEAN


def month_lines(months: Sequence[dict[str, Any]]) -> list[str]:
    """One line for each cloud and currency."""
    head = ("cloud", "through", "month to date", "same days before", "change", "a day", "7 days, trend")
    rows = [
        (
            f"{one['cloud']}{' (demo)' if one['demo'] else ''}",
            str(one["through"]),
            f"{one['month_to_date']:,.2f} {one['currency']}",
            f"{one['same_days_last_month']:,.2f}",
            _percent(one["change_percent"]),
            f"{one['average_per_day']:,.2f}",
            f"{one['last_7_days']:,.2f} {_percent(one['trend_percent'])}",
        )
        for one in months
    ]
    return table([head, *rows])


def _percent(value: Decimal | None) -> str:
    return "-" if value is None else f"{value:+} %"


def top(selection: Selection, by: str, count: int, measure: str, output_format: str) -> int:
    """Print what costs most."""
    form = names.choice("--format", output_format, ("table", "json"))
    chosen, (dimension,) = measure_of(measure), _groups(by)[:1] or [by]
    settings = load_settings()

    async def read(r: ReadSession) -> tuple[CostTable, dict[str, str]]:
        from finops.analysis.table import costs_whole
        from stores.costs import account_names

        asked = selection.filter(_today(settings))
        found = await costs_whole(r, settings, asked, [dimension], selection.conversion(settings))
        return found, dict(await account_names(r, DEFAULT_CLIENT)) if dimension == "account" else {}

    found, known = _read(settings, read)
    from finops.analysis.costs import top_of

    tops = top_of(found.rows, chosen, count)
    if form == "json":
        _print_json([_top(each, known) for each in tops])
        return ExitCode.CLEAN
    for each in tops:
        rows = [(_named(row.keys[0], known), f"{row.amount(chosen):,.2f} {each.currency}") for row in each.items]
        rest = [(f"{each.others:,} others", f"{each.rest:,.2f} {each.currency}")] if each.others else []
        print("\n".join(map(printable, table([*rows, *rest, ("all", f"{each.total:,.2f} {each.currency}")]))))
    if not tops:
        print(_NOTHING)
    return ExitCode.CLEAN


def _top(each: Any, known: dict[str, str]) -> dict[str, Any]:  # noqa: ANN401 - finops' own, which loads late
    items = [
        {
            "key": row.keys[0],
            "name": known.get(row.keys[0]),
            **{m: row.amount(m) for m in ("billed", "effective", "list")},
        }
        for row in each.items
    ]
    told = {"currency": each.currency, "total": each.total, "items": items}
    return {**told, "others": each.others, "rest": each.rest}


def _named(key: str, known: dict[str, str]) -> str:
    return f"{key} {known[key]}" if key in known else key or "(none)"


def sources(output_format: str) -> int:
    """Print where the costs come from."""
    form = names.choice("--format", output_format, ("table", "json"))
    settings = load_settings()

    async def read(r: ReadSession) -> list[dict[str, Any]]:
        from finops.analysis.sources import LOOKED_AT, sources_of
        from stores.ingestions import active_ingestions, find_ingestions

        active = (await active_ingestions(r, DEFAULT_CLIENT)).values()
        return [asdict(one) for one in sources_of(active, await find_ingestions(r, DEFAULT_CLIENT, LOOKED_AT))]

    found = _read(settings, read)
    if form == "json":
        _print_json(found)
        return ExitCode.CLEAN
    head = ("cloud", "billing account", "form", "months", "days", "lines", "ingested", "")
    rows = [
        (
            one["provider"],
            one["billing_account"],
            one["source"],
            str(one["months"]),
            f"{one['first_day']} to {one['last_day']}",
            f"{one['lines']:,}",
            f"{one['ingested_at']:%Y-%m-%d %H:%M}",
            "the newest ingestion failed" if one["last_error"] else "demo" if one["demo"] else "",
        )
        for one in found
    ]
    print("\n".join(map(printable, table([head, *rows]))) if found else _NOTHING)
    return ExitCode.CLEAN


_NOTHING = "no costs are here yet: sentinel costs ingest FORM PATH"


def _read(settings: Settings, read: Callable[[ReadSession], Awaitable[T]]) -> T:
    """What a session of the store reads; one line where there is no store, or no lake."""
    from stores import StoreError
    from stores.lake import LakeError

    try:
        return asyncio.run(_reading(settings, read))
    except (LakeError, StoreError) as error:
        raise CommandError(ExitCode.NO_ACCESS, str(error)) from error


async def _reading(settings: Settings, read: Callable[[ReadSession], Awaitable[T]]) -> T:
    from stores import open_store

    store = open_store(settings.store_url)
    refuse_what_is_not_there(store)
    try:
        await store.ping()
        async with store.read() as reading:
            return await read(reading)
    finally:
        await store.close()


def _today(settings: Settings) -> date:
    from schemas.event import utc_now

    return (settings.fixed_now or utc_now()).date()


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(ExitCode.BAD_INPUT, f'{option} "{text}": a day, for example 2026-12-31') from None


def _groups(text: str) -> list[str]:
    from finops.analysis.table import ONLY_LINES
    from stores.costs import DIMENSIONS, MOST_GROUPINGS, TAG, check_dimension

    groups = [name.strip() for name in text.split(",") if name.strip()]
    known = [*DIMENSIONS, *ONLY_LINES]
    for name in groups:
        if not name.startswith(TAG):
            names.choice("--group-by", name, known)
        check_dimension("group_by", name, ONLY_LINES)
    if len(groups) > MOST_GROUPINGS or len(set(groups)) != len(groups):
        raise InvalidInputError("--group-by", text, f"at most {MOST_GROUPINGS} dimensions, each once")
    return groups


def measure_of(text: str) -> Measure:
    """The measure of that name. Raises ``CommandError``."""
    from stores.costs import MEASURES

    chosen: Any = names.choice("--measure", text, MEASURES)
    measure: Measure = chosen
    return measure


def _print_json(value: object) -> None:
    print(msgspec.json.format(msgspec.json.encode(value, enc_hook=str)).decode())
