"""Bills as tests need them: Cost and Usage Reports in CSV, and a desk over a folder and a SQLite file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from finops.ingest.direct import StoreTeller
from finops.ingest.order import Desk, Order
from finops.ingest.sources import PlaceSource
from finops.readers.aws_cur import AwsCur
from schemas.settings import Settings
from stores import Store, open_store
from stores.lake import open_lake

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
HEAD = (
    "identity/LineItemId,bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,"
    "lineItem/LineItemType,lineItem/UsageStartDate,lineItem/ProductCode,lineItem/Operation,lineItem/CurrencyCode,"
    "lineItem/UnblendedCost,product/region,resourceTags/user:team"
)


def line(cost: str, day: int = 1, **changes: str) -> str:
    told = {
        "id": "x",
        "payer": "999999999999",
        "month": "2026-10",
        "account": "111111111111",
        "kind": "Usage",
        "service": "AmazonEC2",
        "operation": "RunInstances",
        "currency": "USD",
        "region": "eu-west-1",
        "team": "web",
        **changes,
    }
    month = told["month"]
    start = f"{month}-{day:02}T00:00:00Z"
    cells = [told["id"], told["payer"], f"{month}-01T00:00:00Z", told["account"], told["kind"], start]
    cells += [told["service"], told["operation"], told["currency"], cost, told["region"], told["team"]]
    return ",".join(cells)


def bill(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEAD, *lines]) + "\n")
    return path


@asynccontextmanager
async def desk_in(home: Path, **changes: object) -> AsyncIterator[Desk]:
    settings = Settings(home=home, **changes)  # type: ignore[arg-type]
    store = open_store(settings.store_url)
    await store.migrate()
    try:
        yield desk_over(store, settings)
    finally:
        await store.close()


def desk_over(store: Store, settings: Settings) -> Desk:
    return Desk(settings=settings, store=store, lake=open_lake(settings), teller=StoreTeller(store), clock=lambda: NOW)


def order_of(path: Path | str, *, replace: bool = False) -> Order:
    source = PlaceSource(str(path), Settings(home=Path(path)))
    return Order(reader=AwsCur(), source=source, replace=replace)
