"""Evaluations: which listings were read to their end, and what their silence about a resource means."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, select

from schemas.catalogue import load_catalogue
from schemas.finding import ResolvedReason
from schemas.scan import ScanSpec
from stores.lifecycle import Evaluation
from stores.store import AnyRow, ReadSession, WriteSession
from stores.tables import evaluations, events
from stores.tasks import TaskRow
from stores.tenancy import of_client
from stores.upsert import in_pieces, keep


def evaluations_of(task: TaskRow, spec: ScanSpec) -> list[Evaluation]:
    """Of the services that the task read to the end: a denied or broken listing is none."""
    outcome = task.outcome
    if outcome is None:
        return []
    return [
        Evaluation(
            task_id=task.task_id,
            service=service,
            client_id=spec.client_id,
            scan_id=spec.scan_id,
            provider=spec.provider,
            account_id=task.account_id,
            regions=_regions(task, spec, service),
            asof=spec.asof,
            rules={rule.rule: rule.thresholds for rule in outcome.rules if rule.service == service and not rule.older},
            categories=spec.categories,
        )
        for service in outcome.complete
    ]


async def keep_evaluations(w: WriteSession, made: Sequence[Evaluation]) -> None:
    """Write them down: a verdict of an older scan may still come."""
    await w.change(keep(evaluations), [msgspec.structs.asdict(each) for each in made])


async def evaluations_since(r: ReadSession, clients: Collection[str], asof: datetime) -> list[Evaluation]:
    """Of scans of that ``asof`` or newer."""
    query = select(evaluations).where(evaluations.c.client_id.in_(sorted(clients)), evaluations.c.asof >= asof)
    return [_evaluation(row) for row in await r.rows(query)]


async def evaluations_about(r: ReadSession, finding: Mapping[str, Any], since: datetime) -> list[Evaluation]:
    """Those that judge one finding, newer than a time."""
    table = evaluations.c
    here = table.account_id == finding["account_id"], table.service == finding["service"], table.asof > since
    rows = await r.rows(of_client(evaluations, finding["client_id"]).where(*here))
    return [each for each in map(_evaluation, rows) if each.judges(finding)]


async def reasons(
    r: ReadSession, evaluation: Evaluation, silent_about: Sequence[Mapping[str, Any]]
) -> dict[str, ResolvedReason]:
    """Why it no longer shows these findings, by their ids."""
    seen = await _seen(r, evaluation, {row["resource_id"] for row in silent_about})
    return {row["id"]: _reason(evaluation, row, seen=row["resource_id"] in seen) for row in silent_about}


def _reason(evaluation: Evaluation, finding: Mapping[str, Any], *, seen: bool) -> ResolvedReason:
    if finding["rule"] not in evaluation.rules:
        return "rule_retired"
    if not seen:
        return "gone" if "metadata" in evaluation.categories else "gone_or_fixed"
    applied = evaluation.rules[finding["rule"]]
    if applied is not None and applied != finding["evidence"].get("thresholds", {}):
        return "threshold_changed"
    return "fixed"


async def _seen(r: ReadSession, evaluation: Evaluation, resource_ids: Collection[str]) -> set[str]:
    """Of which resources the scan told anything at all. With metadata it tells of each one that it sees."""
    told: set[str] = set()
    by_scan: list[ColumnElement[bool]] = [events.c.scan_id == evaluation.scan_id, events.c.asof == evaluation.asof]
    for piece in in_pieces(resource_ids):
        query = of_client(events, evaluation.client_id, events.c.subject).where(*by_scan, events.c.subject.in_(piece))
        told |= {row.subject for row in await r.rows(query.distinct())}
    return told


def _regions(task: TaskRow, spec: ScanSpec, service: str) -> tuple[str, ...] | None:
    """Where the task looked: its region; for a global service all regions, or those asked for."""
    return spec.regions if _is_global(spec.provider, service) else (task.region,)


def _is_global(provider: str, service: str) -> bool:
    """A global service has one task, in its home region, for resources of all regions."""
    entry = load_catalogue().providers.get(provider)
    return entry is not None and any(each.service == service and each.is_global for each in entry.services)


def _evaluation(row: AnyRow) -> Evaluation:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name
    return Evaluation(**{name: values[name] for name in Evaluation.__struct_fields__})
