"""What a rule says of a resource, once thresholds, exceptions and the wishes of people are heard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scanners.core.errors import MissingFactError
from scanners.core.outcome import Outcome, excluded, insufficient_data
from scanners.core.resource import Resource
from scanners.core.rulebook import DEFAULTS, RuleBook
from scanners.core.rules import Rule, ignored


def evaluate(rule: Rule[Any], item: Resource, book: RuleBook = DEFAULTS) -> Outcome:
    """The outcome, with the thresholds that were applied in the evidence of a finding."""
    applied = book.apply(rule, item)
    try:
        outcome = rule.check(item, **applied.thresholds)
    except MissingFactError as error:
        outcome = insufficient_data(error.name)
    if outcome.kind != "ok" and (until := ignored(item)):
        return excluded(f"tag {until}")
    if outcome.kind != "ok" and applied.exempt is not None:
        return excluded(applied.exempt)
    thresholds = applied.told or rule.thresholds
    if outcome.kind in {"waste", "exposed"} and thresholds:
        return replace(outcome, evidence={**outcome.evidence, "thresholds": thresholds})
    return outcome
