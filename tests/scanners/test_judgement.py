"""What the source of a rule says of its findings, without a resource."""

from __future__ import annotations

from typing import Any

from scanners.core.judgement import COMPUTED, EXPOSURE, UNKNOWN, saving, severities
from scanners.core.outcome import Outcome, ok, wasted
from scanners.core.registry import scanners
from scanners.core.rules import Rule, security, waste

EBS = scanners("aws")["ebs"]


def by_size(item: Any) -> Outcome:
    """Two ways out, with two severities."""
    if item.large:
        return wasted("large", severity="high" if item.old else "informational", saves=item.monthly_cost, evidence={})
    return wasted("small", severity="medium", saves=None, evidence={})


def summed(item: Any) -> Outcome:
    """Its saving is no price of the unit."""
    return ok() if item else wasted("gone", severity="low", saves=sum(item.parts), evidence={})


class Check:
    """A check that is no function has no source to read."""

    def __call__(self, item: Any) -> Outcome:
        return ok()


def test_every_severity_of_the_source_is_told_the_worst_first() -> None:
    assert severities(waste("x.y", by_size)) == ("high", "medium", "informational")


def test_the_saving_is_told_in_the_words_of_the_price() -> None:
    price = next(one for one in EBS.declared().prices if one.name == "monthly_cost")
    assert saving(EBS, waste("x.y", by_size)) == f"{price.description}; {UNKNOWN}"
    assert saving(EBS, waste("x.y", summed)) == COMPUTED
    assert saving(EBS, security("x.y", by_size)) == EXPOSURE


def test_a_check_without_a_source_says_less() -> None:
    rule: Rule[Any] = waste("x.y", Check())
    assert (severities(rule), saving(EBS, rule)) == ((), COMPUTED)


def test_the_first_rules_say_what_they_give() -> None:
    told = {rule.id: severities(rule) for unit in scanners("aws").values() for rule in unit.rules}
    assert told["disk.unattached"] == ("high",)
    assert told["vm.idle"] == ("high",)
    assert told["bucket.public"] == ("critical",)
    assert told["bucket.no_lifecycle"] == ("low",)
