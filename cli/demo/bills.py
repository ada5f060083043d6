"""The bills of the demo clouds: written and read by a process of their own, behind the scan, and told in one line.

``python -m cli.demo.bills`` is that process: it works on the store and the lake of the demo, marked as demo.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import httpx

from cli.api import Api
from cli.configuration import load_settings
from cli.exits import CommandError, ExitCode
from cli.money import written

if TYPE_CHECKING:
    from cli.demo.stage import Stage
    from schemas.settings import Settings

NAME: Final = "bills of the demo"
LOOK_SECONDS: Final = 0.2
POLITENESS: Final = 10


async def tell_costs(stage: Stage, say: Callable[[str], None], show: Callable[[str], None]) -> None:
    """Have the bills read, then show what they come to. Nothing here ends the demo."""
    if find_spec("duckdb") is None or find_spec("obstore") is None:
        say("the bills are left out, DuckDB is not installed: pip install 'cloud-sentinel[lake]'")
        return
    say("reading thirteen months of bills")
    child = stage.run(NAME, "cli.demo.bills", [])
    while child.poll() is None:  # noqa: ASYNC110 - a process has no event
        await asyncio.sleep(LOOK_SECONDS)
    if child.returncode:
        say(f"the bills could not be read: {stage.last_line(NAME)}")
        return
    try:
        async with Api(stage.api, stage.key) as api:
            summary = await api.get("/api/v1/costs/summary")
    except (httpx.HTTPError, CommandError) as error:
        say(f"the API does not tell the costs: {error}")
        return
    show("\n".join(cost_lines(summary["months"], stage.api)))


def cost_lines(months: Iterable[Mapping[str, Any]], api: str) -> list[str]:
    """The month to date by cloud, and where to look further."""
    by_cloud: dict[str, list[str]] = {}
    for month in months:
        by_cloud.setdefault(month["cloud"], []).append(written(month["month_to_date"], month["currency"]))
    told = ", ".join(f"{cloud} {' + '.join(amounts)}" for cloud, amounts in by_cloud.items())
    curl = 'curl -sH "Authorization: Bearer $SENTINEL_API_KEY"'
    return [
        f"month to date (demo bills): {told}",
        f"costs     {curl} '{api}/api/v1/costs?group_by=service'",
    ]


def main() -> int:
    """Write the bills and read them into store and lake; the exit code."""
    os.nice(POLITENESS)
    asyncio.run(_read_all(load_settings()))
    return ExitCode.CLEAN


async def _read_all(settings: Settings) -> None:
    from demo_cloud.bills.write import write_bills
    from finops.ingest.direct import StoreTeller
    from finops.ingest.order import Desk, Order
    from finops.ingest.run import ingest
    from finops.ingest.sources import PlaceSource
    from finops.readers.registry import reader
    from schemas.event import utc_now
    from stores import open_store
    from stores.lake import open_lake

    now = settings.fixed_now or utc_now()
    store = open_store(settings.store_url)
    desk = Desk(settings=settings, store=store, lake=open_lake(settings), teller=StoreTeller(store), clock=lambda: now)
    try:
        for name, path in write_bills(settings.home / "bills", now).items():
            form = name.partition(" ")[0]
            await ingest(Order(reader=reader(form), source=PlaceSource(str(path), settings), demo=True), desk)
    finally:
        await store.close()


if __name__ == "__main__":
    sys.exit(main())
