"""The data of events: what a series, a price or a rule's outcome is as a value."""

from __future__ import annotations

from typing import Any

import msgspec

from scanners.core.errors import MissingFactError
from scanners.core.outcome import Outcome, plain
from scanners.core.prices import Money
from scanners.core.resource import Metric, Resource
from scanners.core.rules import Rule
from scanners.core.series import Series
from schemas.event import Data
from schemas.finding import FindingValue


def withstood(item: Resource, name: str) -> bool | None:
    """What a derived field says; None where it lacks a fact."""
    try:
        return bool(getattr(item, name))
    except MissingFactError:
        return None


def performance(metric: Metric, item: Resource) -> list[tuple[str, str, Data]]:
    """Detail, qualifier and data of each statistic of a metric; none where there is no series."""
    series: Series | None = getattr(item, metric.name) if item.has(metric.name) else None
    if series is None:
        return []
    window = {"start": plain(series.window.start), "end": plain(series.window.end)}
    return [
        (
            f"performance.{{}}.{metric.name}",
            statistic,
            Data(round(getattr(series, statistic), 6), metric.unit, statistic, window, series.samples),
        )
        for statistic in metric.statistics
    ]


def cost(money: Money | None) -> Data:
    """An amount with the price that it was computed from; null where no price is known."""
    if money is None:
        return Data(None)
    price = {"key": money.key, "source": money.source, "source_date": money.source_date}
    return Data(str(money), money.currency, price=price) if money.key else Data(str(money), money.currency)


def finding(rule: Rule[Any], outcome: Outcome) -> Data:
    """What a rule said."""
    assert outcome.kind != "ok"
    evidence = dict(outcome.evidence)
    if outcome.saves and outcome.saves.key:
        evidence["price"] = {"key": outcome.saves.key, "source_date": outcome.saves.source_date}
    value = FindingValue(
        rule=rule.id,
        outcome=outcome.kind,
        reason=outcome.reason,
        severity=outcome.severity,
        monthly_saving=str(outcome.saves) if outcome.saves else None,
        currency=outcome.saves.currency if outcome.saves else None,
        evidence=evidence,
        missing=outcome.missing,
    )
    return Data({**msgspec.to_builtins(value), "missing": list(outcome.missing)})
