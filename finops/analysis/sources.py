"""Where costs come from: the active ingestions of each billing account, and whether the newest one failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from schemas.cost import IngestionStatus
from stores.ingestions import Ingestion

LOOKED_AT = 1000
"""Newest ingestions among which a failed one is looked for."""


@dataclass(frozen=True)
class Source:
    """What one form of bill tells of one billing account."""

    provider: str
    billing_account: str
    source: str
    accounts: tuple[str, ...]
    months: int
    first_day: date
    last_day: date
    lines: int
    ingested_at: datetime
    last_error: str | None
    demo: bool


def sources_of(active: Iterable[Ingestion], newest: Iterable[Ingestion]) -> list[Source]:
    """By provider, billing account and form."""
    groups: dict[tuple[str, str, str], list[Ingestion]] = {}
    for one in active:
        groups.setdefault((one.provider, one.billing_account_id, one.source), []).append(one)
    latest: dict[tuple[str, str, str], Ingestion] = {}
    for one in newest:
        latest.setdefault((one.provider, one.billing_account_id, one.source), one)
    return [_source(groups[key], latest.get(key)) for key in sorted(groups)]


def _source(found: list[Ingestion], newest: Ingestion | None) -> Source:
    first = found[0]
    failed = newest is not None and newest.status is IngestionStatus.FAILED
    return Source(
        provider=first.provider,
        billing_account=first.billing_account_id,
        source=first.source,
        accounts=tuple(sorted({account for one in found for account in one.accounts})),
        months=len(found),
        first_day=min(one.first_day for one in found),
        last_day=max(one.last_day for one in found),
        lines=sum(one.rows_kept for one in found),
        ingested_at=max(one.asof for one in found),
        last_error=newest.error if failed and newest else None,
        demo=any(one.demo for one in found),
    )
