"""Decisions of people about findings: authoritative, never rebuilt, joined when findings are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, and_, case, insert, or_, update

from schemas.finding import FindingStatus
from stores.store import ReadSession, WriteSession
from stores.tables import decisions, findings
from stores.tenancy import of_client
from stores.upsert import in_pieces


class Decision(msgspec.Struct, frozen=True):
    """What somebody decided. ``until`` is the last day on which a finding is ignored; None: for ever.

    ``superseded_at``: when another decision took its place.
    """

    status: FindingStatus
    note: str | None
    until: date | None
    decided_by: str
    decided_at: datetime
    superseded_at: datetime | None = None


HOLDS: Final[ColumnElement[bool]] = and_(
    decisions.c.client_id == findings.c.client_id,
    decisions.c.finding_id == findings.c.id,
    decisions.c.superseded_at.is_(None),
)
"""The join: at most one decision holds for a finding."""


def standing(now: datetime) -> ColumnElement[FindingStatus]:
    """The status of a finding at a time: what scans said and what people decided, as one.

    What a person resolved is open again when a scan that was accepted later sees it.
    """
    in_force = or_(decisions.c.until.is_(None), decisions.c.until >= now.date())
    return case(
        (findings.c.status == "resolved", "resolved"),
        (and_(decisions.c.status == "ignored", in_force), "ignored"),
        (and_(decisions.c.status == "resolved", findings.c.last_seen <= decisions.c.decided_at), "resolved"),
        else_="open",
    )


async def decide(w: WriteSession, client_id: str, finding_ids: Sequence[str], decision: Decision) -> None:
    """The same decision about these findings; it takes the place of those that held."""
    for piece in in_pieces(finding_ids):
        mine = decisions.c.client_id == client_id, decisions.c.finding_id.in_(piece)
        held = update(decisions).where(*mine, decisions.c.superseded_at.is_(None))
        await w.change(held.values(superseded_at=decision.decided_at))
        row = {
            "client_id": client_id,
            "status": decision.status,
            "note": decision.note,
            "until": decision.until,
            "decided_by": decision.decided_by,
            "decided_at": decision.decided_at,
        }
        await w.change(insert(decisions), [{**row, "finding_id": found} for found in piece])


async def decisions_about(r: ReadSession, client_id: str, finding_id: str) -> list[Decision]:
    """All that were ever made, oldest first."""
    columns = [decisions.c[name] for name in Decision.__struct_fields__]
    query = of_client(decisions, client_id, *columns).where(decisions.c.finding_id == finding_id)
    return [Decision(*row) for row in await r.rows(query.order_by(decisions.c.seq))]
