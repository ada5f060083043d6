"""Answers of an API, kept as JSON files: raw, as a bill's files are."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finops.readers.protocol import Delivery, RawFile
from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from finops.readers.protocol import Fetch


@dataclass(frozen=True)
class Days:
    """The days that are asked for: whole months, since a month is replaced as a whole; not beyond yesterday."""

    first: date
    end: date
    """Exclusive."""

    @classmethod
    def asked(cls, since: date | None, until: date | None, now: datetime) -> Days:
        """Without ``since`` the month before and this one. Raises ``InvalidInputError`` for no day at all."""
        today = now.date()
        first = (since or (today.replace(day=1) - timedelta(days=1))).replace(day=1)
        end = min(_next_month(until) if until else today, today)
        if first >= end:
            raise InvalidInputError("since", str(since), f"before {end}: the last day that has ended is {end - _DAY}")
        return cls(first, end)

    def months(self) -> Iterator[tuple[date, date]]:
        """Each month's first day and its end, exclusive."""
        start = self.first
        while start < self.end:
            yield start, min(_next_month(start), self.end)
            start = _next_month(start)


_DAY = timedelta(days=1)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


@dataclass
class Pages:
    """What was answered: a source of an ingestion."""

    asked_at: datetime
    files: dict[str, bytes] = field(default_factory=dict)
    calls: int = 0
    price: Decimal = Decimal(0)
    """What the calls cost, in US dollars."""
    demo: bool = False
    """Whether a demo cloud answered."""

    def keep(self, key: str, page: dict[str, Any]) -> None:
        """As JSON with sorted keys: the same answer is the same file."""
        self.files[f"{key}.json"] = json.dumps(page, sort_keys=True, separators=(",", ":")).encode()

    def list(self) -> list[RawFile]:
        """All pages."""
        return [RawFile(key, len(content), self.asked_at) for key, content in self.files.items()]

    def chunks(self, key: str) -> Iterable[bytes]:
        """One page."""
        yield self.files[key]


def one_delivery(files: Sequence[RawFile], fetch: Fetch) -> list[Delivery]:  # noqa: ARG001 - of the protocol
    """Pages that were asked for together are taken together."""
    keys = tuple(sorted(file.key for file in files if file.key.endswith((".json", ".json.gz"))))
    if not keys:
        raise InvalidInputError("path", None, "no page of an answer is there; allowed ending: .json")
    return [Delivery("answers", keys)]
