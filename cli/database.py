"""``sentinel db upgrade`` and ``sentinel db size``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from cli import names
from cli.configuration import load_settings, make_home
from cli.exits import CommandError, ExitCode
from cli.text import table
from schemas.addresses import masked

if TYPE_CHECKING:
    from stores import Store
    from stores.sizes import TableSize

UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")
STEP: Final = 1024


def upgrade_store() -> int:
    """Migrate the store of ``SENTINEL_STORE`` (or the one in the home folder)."""
    settings = load_settings()
    if not settings.store:
        make_home(settings)
    asyncio.run(_migrate(settings.store_url))
    print(f"store {masked(settings.store_url)} is at the schema of this version", file=sys.stderr)
    return ExitCode.CLEAN


def print_size(output_format: str) -> int:
    """Rows and bytes by table; makes nothing."""
    form = names.choice("--format", output_format, ("table", "json"))
    settings = load_settings()
    sizes = asyncio.run(_sizes(settings.store_url))
    if form == "json":
        told = {"store": masked(settings.store_url), "bytes": _total(sizes), "tables": sizes}
        print(msgspec.json.format(msgspec.json.encode(told)).decode())
    else:
        print("\n".join(table(list(_lines(sizes)))))
    return ExitCode.CLEAN


def _lines(sizes: Sequence[TableSize]) -> Iterator[tuple[str, str, str]]:
    yield "table", "rows", "size"
    for each in sizes:
        yield each.table, f"{each.rows:,}", readable(each.bytes)
        for day in each.days:
            yield f"  {day.day}", f"{day.rows:,}", readable(day.bytes)
    yield "all", f"{sum(each.rows for each in sizes):,}", readable(_total(sizes))


def _total(sizes: Sequence[TableSize]) -> int | None:
    known = [each.bytes for each in sizes if each.bytes is not None]
    return sum(known) if len(known) == len(sizes) else None


def readable(taken: int | None) -> str:
    """Bytes in the unit that leaves the fewest digits; a dash for what is not known."""
    if taken is None:
        return "-"
    power = min((max(taken, 1).bit_length() - 1) // 10, len(UNITS) - 1)
    return f"{taken} B" if power == 0 else f"{taken / STEP**power:.1f} {UNITS[power]}"


async def _migrate(url: str) -> None:
    from stores import open_store

    store = open_store(url)
    try:
        await store.migrate()
    finally:
        await store.close()


async def _sizes(url: str) -> list[TableSize]:
    from stores import StoreError, open_store
    from stores.sizes import table_sizes

    store = open_store(url)
    refuse_what_is_not_there(store)
    try:
        await store.ping()
        async with store.read() as reading:
            return await table_sizes(reading)
    except StoreError as error:
        raise CommandError(ExitCode.NO_ACCESS, str(error)) from error
    finally:
        await store.close()


def refuse_what_is_not_there(store: Store) -> None:
    """A file that is not there would be made by opening it."""
    from stores.sqlite import SqliteFile

    if isinstance(store.database, SqliteFile) and not store.database.path.exists():
        raise CommandError(
            ExitCode.NO_ACCESS, f"store {store.place}: not there yet; make it with `sentinel db upgrade`"
        )
