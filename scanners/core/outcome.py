"""What a rule can say of a resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from scanners.core.prices import Money
from scanners.core.series import Series
from schemas.finding import Severity

Evidence = Mapping[str, object]
"""The values that a rule looked at; the engine adds the thresholds."""
Kind = Literal["ok", "waste", "exposed", "insufficient_data", "excluded"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of one rule for one resource. Never None; ``ok`` is counted and is no event."""

    kind: Kind
    reason: str = ""
    severity: Severity | None = None
    saves: Money | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def ok() -> Outcome:
    """Nothing is wrong."""
    return Outcome("ok")


def wasted(reason: str, *, severity: Severity, saves: Money | None, evidence: Evidence) -> Outcome:
    """Money is wasted. ``saves`` None: the price is not known. ``evidence`` names the values that were looked at."""
    return Outcome("waste", reason, severity, saves, plain_map(evidence))


def exposed(reason: str, *, severity: Severity, evidence: Evidence) -> Outcome:
    """The resource is exposed or unprotected."""
    return Outcome("exposed", reason, severity, evidence=plain_map(evidence))


def insufficient_data(*missing: str) -> Outcome:
    """The rule cannot judge; ``missing`` names what it lacks."""
    names = tuple(sorted(set(missing)))
    return Outcome("insufficient_data", f"not enough data: {', '.join(names)}", missing=names)


def excluded(why: str) -> Outcome:
    """It looks like a finding and is none, for this reason."""
    return Outcome("excluded", why)


def unmeasured(**series: Series | None) -> tuple[str, ...]:
    """The names of the series that have data for less than 80 % of the window."""
    return tuple(name for name, one in series.items() if one is None or not one.enough)


def plain(value: object) -> Any:  # noqa: ANN401, PLR0911 - JSON; one case a line
    """A value as JSON holds it: times in UTC with Z, spans of time as ``7d``, money as decimal text."""
    match value:
        case datetime():
            return instant(value)
        case timedelta():
            return span(value)
        case Money():
            return str(value)
        case Series():
            return _series(value)
        case Mapping():
            return plain_map(value)
        case list() | tuple() | set() | frozenset():
            return [plain(one) for one in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
        case _:
            return value


def plain_map(values: Mapping[str, object]) -> dict[str, Any]:
    """Each value as JSON holds it."""
    return {str(name): plain(value) for name, value in values.items()}


def instant(moment: datetime) -> str:
    """A moment in UTC: ``2026-11-21T04:00:00Z``."""
    return moment.isoformat().replace("+00:00", "Z")


def span(length: timedelta) -> str:
    """``7d``, or hours where it is no whole number of days: ``36h``."""
    return f"{length.days}d" if not length.seconds else f"{length.total_seconds() / 3600:g}h"


def _series(series: Series) -> dict[str, Any]:
    values = {"average": series.average, "max": series.max, "p95": series.p95, "sum": series.sum}
    told = {name: round(value, 6) for name, value in values.items() if value is not None}
    window = {"start": instant(series.window.start), "end": instant(series.window.end)}
    return {**told, "samples": series.samples, "of": series.hours, "window": window}
