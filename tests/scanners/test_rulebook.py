"""The file of rules: thresholds and exceptions by client, account and tag, with an end date; and what cannot be."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanners.aws.ebs import EbsScanner
from scanners.core.evaluation import evaluate
from scanners.core.outcome import Outcome
from scanners.core.rulebook import RuleBook, load_rulebook
from scanners.core.rules import Rule
from schemas.errors import InvalidInputError
from tests.scanners.test_rules import ago, volume

ACCOUNT = "123456789012"


def book(folder: Path, text: str, client: str = "acme") -> RuleBook:
    path = folder / "rules.yaml"
    path.write_text(text)
    return load_rulebook(path).of_client(client)


def rule(rule_id: str = "disk.unattached") -> Rule[Any]:
    (found,) = [one for one in EbsScanner.rules if one.id == rule_id]
    return found


def judged(book: RuleBook, **change: Any) -> Outcome:
    return evaluate(rule(), volume(created_at=ago(days=10)) if not change else volume(**change), book)


def test_without_a_file_the_defaults_hold() -> None:
    outcome = judged(load_rulebook(None))
    assert (outcome.kind, outcome.evidence["thresholds"]) == ("waste", {"grace": "7d"})


def test_another_threshold_holds_and_stands_in_the_evidence(tmp_path: Path) -> None:
    stricter = book(tmp_path, "- {rule: disk.unattached, set: {grace: 14d}}")
    assert judged(stricter).kind == "excluded"
    outcome = judged(stricter, created_at=ago(days=15))
    assert (outcome.kind, outcome.evidence["thresholds"]) == ("waste", {"grace": "14d"})
    assert (
        judged(book(tmp_path, "- {rule: disk.unattached, set: {grace: 36h}}"), created_at=ago(days=2)).kind == "waste"
    )


@pytest.mark.parametrize(
    ("scope", "holds"),
    [
        ("client: acme", True),
        ("client: zeta", False),
        (f'account: "{ACCOUNT}"', True),
        ('account: "999999999999"', False),
        ("tag: {env: dev}", True),
        ("tag: {env: prod}", False),
        ('tag: {env: "*"}', True),
        ('tag: {env: dev, team: "*"}', False),
        ("until: 2026-11-21", True),
        ("until: 2026-11-20", False),
        (f'client: acme, account: "{ACCOUNT}", tag: {{env: dev}}, until: 2027-01-01', True),
    ],
)
def test_an_entry_holds_where_it_says(tmp_path: Path, scope: str, holds: bool) -> None:
    exempt = book(tmp_path, f"- {{rule: disk.unattached, {scope}, exempt: a case}}")
    outcome = judged(exempt, created_at=ago(days=10), tags={"env": "dev"})
    assert outcome.kind == ("excluded" if holds else "waste")
    if holds:
        assert outcome.reason.startswith("exempt: a case")


def test_the_last_entry_wins(tmp_path: Path) -> None:
    several = book(
        tmp_path,
        """
- {rule: disk.unattached, set: {grace: 60d}}
- {rule: disk.unattached, tag: {env: dev}, set: {grace: 2d}}
- {rule: "*", tag: {team: forensics}, exempt: evidence, until: 2027-01-31}
""",
    )
    assert judged(several).kind == "excluded"
    assert judged(several, created_at=ago(days=10), tags={"env": "dev"}).kind == "waste"
    outcome = judged(several, created_at=ago(days=100), tags={"env": "dev", "team": "forensics"})
    assert (outcome.kind, outcome.reason) == ("excluded", "exempt: evidence (until 2027-01-31)")


def test_what_is_fine_stays_fine_whatever_exempts_it(tmp_path: Path) -> None:
    exempt = book(tmp_path, '- {rule: "*", exempt: all of it}')
    assert judged(exempt, state="in-use").kind == "ok"


def test_thresholds_of_an_account_are_told_where_tags_make_no_difference(tmp_path: Path) -> None:
    several = book(
        tmp_path,
        f"""
- {{rule: disk.unattached, account: "{ACCOUNT}", set: {{grace: 30d}}}}
- {{rule: disk.unattached, tag: {{env: dev}}, exempt: nobody keeps them}}
- {{rule: disk.unattached, account: "888888888888", tag: {{env: dev}}, set: {{grace: 1d}}}}
""",
    )
    day = date(2026, 11, 21)
    assert several.thresholds(rule(), ACCOUNT, day) == {"grace": "30d"}
    assert several.thresholds(rule(), "999999999999", day) == {"grace": "7d"}
    assert several.thresholds(rule(), "888888888888", day) is None


def test_the_check_gets_the_value_in_its_own_kind(tmp_path: Path) -> None:
    applied = book(tmp_path, "- {rule: disk.unattached, set: {grace: 36h}}").apply(rule(), volume())
    assert applied.thresholds == {"grace": timedelta(hours=36)}


@pytest.mark.parametrize(
    ("text", "field", "allowed"),
    [
        ("- {rule: disk.unatached, set: {grace: 7d}}", "[0].rule", 'did you mean "disk.unattached"'),
        ("- {rule: disk.unattached, set: {grac: 7d}}", "[0].set.grac", 'did you mean "grace"'),
        ("- {rule: disk.unattached, set: {grace: 7}}", "[0].set.grace", "a span, such as 7d or 36h"),
        ("- {rule: disk.unattached, set: {grace: soon}}", "[0].set.grace", "a span"),
        ("- {rule: vm.idle, set: {cpu_percent: -1}}", "[0].set.cpu_percent", "a number, 0 or more"),
        ("- {rule: vm.idle, set: {cpu_percent: low}}", "[0].set.cpu_percent", "a number, 0 or more"),
        ("- {rule: disk.unencrypted, set: {grace: 7d}}", "[0].set.grace", "it has none"),
        ('- {rule: "*", set: {grace: 7d}}', "[0].set", "only with one rule"),
        ("- {rule: disk.unattached}", "[0]", "`set` with thresholds, or `exempt`"),
        ("- {rule: disk.unattached, exempt: x, account: 123456789012}", "[0].account", "string"),
        ("- {rule: disk.unattached, exempt: x, until: someday}", "[0].until", "date"),
        ("- {rule: disk.unattached, exempt: x, untill: 2027-01-01}", "[0].untill", "not permitted"),
        ("rules: []", "", "list"),
        ("- [", "", "YAML"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, text: str, field: str, allowed: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        book(tmp_path, text)
    assert refused.value.field.endswith(field)
    assert "SENTINEL_RULES" in refused.value.field
    assert allowed in refused.value.allowed


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="No such file"):
        load_rulebook(tmp_path / "nowhere.yaml")
