"""``sentinel costs run-daily`` and ``clean-up``: the daily run, from the bills to the bucket."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.configuration import load_settings, make_home
from cli.costs.asking import Asking
from cli.costs.figures import measure_of
from cli.costs.ingest import IngestOptions, ingested
from cli.exits import CommandError, ExitCode
from schemas.errors import SentinelError
from schemas.scan import DEFAULT_CLIENT

if TYPE_CHECKING:
    from cli.api import Api
    from finops.daily.run import DailyOrder, DailyResult
    from schemas.settings import Settings
    from stores.lake.objects import Objects

API_FORMS: Final = {"aws": "aws-ce", "azure": "azure-query"}
"""By cloud: the form that asks a stored account for its costs."""
LOOK_SECONDS: Final = 1.0
ENDED: Final = ("SUCCEEDED", "FAILED", "CANCELLED")


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyOptions:
    """The command line."""

    sources: Sequence[str]
    extract: bool
    day: str | None
    days: int
    folder: Path
    upload: str | None
    retention_days: int
    measure: str


def run_daily(options: DailyOptions) -> int:
    """Extract, write, upload, clean up; one line of history, also when it fails."""
    settings = load_settings()
    make_home(settings)
    return asyncio.run(_run(options, settings))


async def _run(options: DailyOptions, settings: Settings) -> int:
    from finops.daily.files import append_history
    from finops.daily.run import history_entry

    order, place, began = _order(options, settings), _place(options.upload, settings), _now(settings)
    taken: list[str] = []
    result, error = None, None
    try:
        taken = await _extracted(options, settings)
        result = await _written(order, settings, place)
    except CommandError as failed:
        error = str(failed)
        raise
    except SentinelError as failed:
        error = str(failed)
        raise CommandError(ExitCode.NO_ACCESS, error) from failed
    finally:
        append_history(order.folder, history_entry(order, began, _now(settings), taken, result, error))
    print("\n".join(_told(order, result)))
    return ExitCode.CLEAN


async def _written(order: DailyOrder, settings: Settings, place: Objects | None) -> DailyResult:
    from finops.daily.run import run_daily as run
    from stores import open_store

    store = open_store(settings.store_url)
    try:
        await store.migrate()
        return await run(order, store, place)
    finally:
        await store.close()


def clean_up(options: DailyOptions) -> int:
    """Delete what is older than the retention, and nothing else."""
    from finops.daily.run import clean_up as clean
    from stores.lake import LakeError

    settings = load_settings()
    try:
        gone = clean(_order(options, settings), _place(options.upload, settings))
    except LakeError as error:
        raise CommandError(ExitCode.NO_ACCESS, str(error)) from error
    print("\n".join([*gone, f"{len(gone)} files deleted"]))
    return ExitCode.CLEAN


def _order(options: DailyOptions, settings: Settings) -> DailyOrder:
    from finops.daily.run import DailyOrder

    try:
        day = date.fromisoformat(options.day) if options.day else _now(settings).date()
    except ValueError:
        raise CommandError(ExitCode.BAD_INPUT, f'--day "{options.day}": a day, for example 2026-12-31') from None
    return DailyOrder(
        client_id=DEFAULT_CLIENT,
        day=day,
        days=options.days,
        folder=options.folder,
        retention_days=options.retention_days,
        measure=measure_of(options.measure),
    )


def _place(upload: str | None, settings: Settings) -> Objects | None:
    from stores.lake.objects import open_objects

    return None if upload is None else open_objects(upload, settings, "--upload")


async def _extracted(options: DailyOptions, settings: Settings) -> list[str]:
    """Which bills were read: the given ones here, else those of the server's accounts by its workers."""
    if not options.extract:
        return []
    if not options.sources:
        return await _of_accounts(settings)
    for source in options.sources:
        form, _, path = source.partition("=")
        _say(f"reading {source}")
        nothing = Asking(since="", until="", account="", profile="", role_arn="")
        await ingested(IngestOptions(form, path, nothing, replace=False, quiet=True, output_format="table"), settings)
    return list(options.sources)


async def _of_accounts(settings: Settings) -> list[str]:
    from cli.api import open_api

    taken = []
    async with open_api(settings) as api:
        accounts = [one for one in await api.pages("/api/v1/accounts") if one["status"] == "active"]
        for account in accounts:
            form = API_FORMS.get(account["provider"])
            if form is None:
                _say(f"{account['provider']} {account['native_id']}: its export is read by --source gcp-export=PATH")
                continue
            _say(f"{form} of account {account['native_id']}")
            await _job(api, form, account["id"])
            taken.append(f"{form}={account['native_id']}")
    return taken


async def _job(api: Api, form: str, account: str) -> None:
    job: dict[str, Any] = await api.post("/api/v1/costs/ingestions", {"source": form, "account": account})
    while job["status"] not in ENDED:
        await asyncio.sleep(LOOK_SECONDS)
        job = await api.get(f"/api/v1/jobs/{job['job_id']}")
    if job["status"] != "SUCCEEDED":
        raise CommandError(ExitCode.INCOMPLETE, f"{form} of account {account}: {job['status']}: {job.get('error')}")


def _told(order: DailyOrder, result: DailyResult | None) -> list[str]:
    if result is None:
        return []
    made = [f"{order.folder / file.key} ({file.size_bytes:,} bytes)" for file in result.files]
    uploaded = [f"uploaded {key}" for key in result.uploaded]
    return [f"{order.day}: {result.rows:,} rows", *made, *uploaded, f"{len(result.cleaned)} old files deleted"]


def _now(settings: Settings) -> datetime:
    from schemas.event import utc_now

    return settings.fixed_now or utc_now()


def _say(line: str) -> None:
    print(f"run-daily: {line}", file=sys.stderr, flush=True)
