"""Settlement: all events of a task are stored, so what its complete listings do not show is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, case, exists, or_, update

from schemas.scan import ScanSpec
from stores.evaluations import evaluations_of, keep_evaluations, reasons
from stores.lifecycle import Evaluation
from stores.store import WriteSession
from stores.tables import findings, settled_tasks, verdicts
from stores.tasks import TaskRow
from stores.tenancy import of_client
from stores.upsert import keep
from stores.verdicts import Finding


async def settle_task(w: WriteSession, task: TaskRow, spec: ScanSpec, now: datetime) -> bool:
    """Resolve what the task's complete listings no longer show. True when settled now, False when it was before.

    Only rules that were evaluated or are no more, only services whose listing was read to the end, only findings that
    are older.
    """
    if not await w.change(keep(settled_tasks).values(task_id=task.task_id, settled_at=now)):
        return False
    made = evaluations_of(task, spec)
    await keep_evaluations(w, made)
    for evaluation in made:
        await _resolve(w, evaluation)
    return True


async def _resolve(w: WriteSession, evaluation: Evaluation) -> None:
    silent_about = [row for row in await _open_before(w, evaluation) if evaluation.judges(row)]
    why = await reasons(w, evaluation, silent_about)
    rows = [{"found": found, "why": reason, "at": evaluation.asof} for found, reason in why.items()]
    await w.change(_RESOLVE, rows)


async def _open_before(w: WriteSession, evaluation: Evaluation) -> Sequence[Finding]:
    """Findings of the place that were open at the ``asof`` and of which its scan said nothing."""
    table, asof = findings.c, evaluation.asof
    said = exists().where(verdicts.c.finding_id == table.id, verdicts.c.asof == asof)
    here = table.account_id == evaluation.account_id, table.service == evaluation.service
    query = of_client(findings, evaluation.client_id).where(*here, table.last_seen < asof, ~said)
    if evaluation.regions is not None:
        query = query.where(table.region.in_(evaluation.regions))
    rows = await w.rows(query.where(or_(table.status == "open", table.resolved_at > asof)))
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


_AT: Final = bindparam("at", type_=findings.c.resolved_at.type)
_RESOLVE: Final = (
    update(findings)
    .where(findings.c.id == bindparam("found"))
    .values(
        status="resolved",
        resolved_at=_AT,
        resolved_reason=bindparam("why"),
        unverified_since=case((findings.c.unverified_since > _AT, None), else_=findings.c.unverified_since),
    )
)
