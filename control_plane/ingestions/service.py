"""Accepts ingestions as jobs, and tells what came of them."""

from __future__ import annotations

import msgspec

from control_plane.accounts.service import active_account
from control_plane.audit.record import record
from control_plane.context import Context
from control_plane.errors import NotFoundError
from control_plane.ingestions.answer import IngestionAnswer, IngestionList, balance
from control_plane.ingestions.request import IngestionRequest
from control_plane.jobs.accepting import accept_job
from control_plane.principal import Principal
from schemas.errors import InvalidInputError
from schemas.ingestion import IngestSpec
from stores import daily_costs, ingestions
from stores.jobs import JobRow


async def accept(context: Context, principal: Principal, asked: IngestionRequest) -> JobRow:
    """Raises ``InvalidInputError`` for a place that the operator did not open or a form that the account cannot give.

    ``NotFoundError`` or ``ConflictError`` for the account.
    """
    if asked.account is None:
        _check_place(asked.path or "", context.settings.bills)
    elif asked.path is not None:
        raise InvalidInputError("path", asked.path, "a path or an account, not both")
    told = {name: value for name, value in asked.model_dump().items() if value is not None}
    spec = msgspec.to_builtins(msgspec.convert(told, IngestSpec))
    async with context.store.write() as writing:
        if asked.account:
            _check_form(asked.source, (await active_account(writing, principal, asked.account)).provider)
        job = await accept_job(context, principal, writing, "ingest", target=asked.source, spec=spec)
        await record(writing, context, principal, "ingestion.create", f"job:{job.job_id}", source=asked.source)
        return job


async def newest(context: Context, principal: Principal, limit: int) -> IngestionList:
    """The newest ones of the principal's client."""
    async with context.store.read() as reading:
        found = await ingestions.find_ingestions(reading, principal.client_id, limit)
    return IngestionList(items=[IngestionAnswer.of(each) for each in found])


async def one(context: Context, principal: Principal, ingestion_id: str) -> IngestionAnswer:
    """Raises ``NotFoundError``."""
    async with context.store.read() as reading:
        row = await ingestions.get_ingestion(reading, principal.client_id, ingestion_id)
        held = await daily_costs.stored_totals(reading, ingestion_id) if row else {}
    if row is None:
        raise NotFoundError("ingestion", ingestion_id)
    balances = [balance(currency, told, held.get(currency)) for currency, told in sorted(row.totals.items())]
    return IngestionAnswer.of(row).model_copy(update={"balances": balances})


def _check_form(source: str, provider: str) -> None:
    """Which forms are asked of an API, and of whose."""
    forms = {"aws": "aws-ce", "azure": "azure-query"}
    if forms.get(provider) != source:
        allowed = f"for an account of {provider}: {forms.get(provider, 'none; give a path')}"
        raise InvalidInputError("source", source, allowed)


def _check_place(path: str, opened: str) -> None:
    """The worker reads with its own rights: what may be named is the operator's choice."""
    beginnings = [each.strip() for each in opened.split(",") if each.strip()]
    inside = any(path == each.rstrip("/") or path.startswith(f"{each.rstrip('/')}/") for each in beginnings)
    if not inside or ".." in path.split("/"):
        allowed = f"below {', '.join(beginnings)}" if beginnings else "nothing, until SENTINEL_BILLS opens a place"
        raise InvalidInputError("path", path, f"allowed: {allowed}")
