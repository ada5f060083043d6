"""A new rule: its function before the scanner of its unit, its name among the scanner's rules, and its test."""

from __future__ import annotations

import ast
import re
from typing import Any, Final

from cli.new.clone import check_name, refused
from scanners.core.scanner import CloudScanner

Unit = type[CloudScanner[Any]]
_YEAR: Final = "timedelta(days=365)"


def check_rule(unit: Unit, rule_id: str, code: str) -> str:
    """The name of the rule's function. Raises ``CommandError`` for an id that exists or cannot be."""
    kind, dot, problem = rule_id.partition(".")
    if not dot:
        raise refused(f'rule "{rule_id}" cannot be: kind.problem, as disk.unattached')
    check_name("kind of the rule", kind)
    check_name("problem of the rule", problem)
    taken = [rule.id for rule in unit.rules if rule.problem == problem]
    if taken:
        raise refused(f"{unit.provider} {unit.service} has the rule {taken[0]} already; nothing was written")
    if problem in _top_names(code):
        raise refused(f'"{problem}" names something else in the file of {unit.service} already: choose another problem')
    return problem


def _top_names(code: str) -> set[str]:
    tree = ast.parse(code)
    named = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return named | {alias.asname or alias.name for node in tree.body for alias in getattr(node, "names", [])}


def with_rule(code: str, unit: Unit, rule_id: str, problem: str, *, security: bool) -> str:
    """The unit with the rule in it; imports and form are the formatter's to order."""
    wrap, tree = ("security" if security else "waste"), ast.parse(code)
    scanner = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == unit.__name__)
    lines = code.splitlines(keepends=True)
    _declare(lines, scanner, f'{wrap}("{rule_id}", {problem})')
    lines.insert(scanner.lineno - 1, f"{_function(unit, problem, security=security)}\n\n")
    start = next(node.lineno for node in tree.body if isinstance(node, ast.ImportFrom) and node.module != "__future__")
    lines.insert(start - 1, _imports(wrap, dated=_dated(unit), security=security))
    return "".join(lines)


def _declare(lines: list[str], scanner: ast.ClassDef, declared: str) -> None:
    """Name the rule among those of the scanner. The last lines first: the ones before keep their numbers."""
    assigned = [node for node in scanner.body if isinstance(node, ast.Assign)]
    rules = next((node for node in assigned if ast.unparse(node.targets[0]) == "rules"), None)
    if rules is None:
        end = assigned[-1].end_lineno
        assert end is not None
        lines.insert(end, f"    rules = ({declared},)\n")
        return
    if not isinstance(rules.value, ast.Tuple):
        raise refused(f"the rules of {scanner.name} are no plain tuple: add the rule by hand")
    assert rules.end_lineno is not None
    known = [ast.unparse(one) for one in rules.value.elts]
    lines[rules.lineno - 1 : rules.end_lineno] = [f"    rules = ({', '.join([*known, declared])},)\n"]


def _dated(unit: Unit) -> bool:
    return any(one.name == "created_at" for one in unit.declared().facts)


def _imports(wrap: str, *, dated: bool, security: bool) -> str:
    outcome = "exposed" if security else "wasted"
    return (
        "from datetime import timedelta\n" if dated else ""
    ) + f"from scanners.core.outcome import Outcome, {outcome}, ok\nfrom scanners.core.rules import {wrap}\n"


def _argument(unit: Unit) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", unit.resource.__name__).lower()


def _function(unit: Unit, problem: str, *, security: bool) -> str:
    """By age where the resource tells its age, else by a tag that is missing."""
    item, resource = _argument(unit), unit.resource.__name__
    price = next((f"{item}.{one.name}" for one in unit.declared().prices), "None")
    ends = 'severity="low", evidence=seen)' if security else f'severity="low", saves={price}, evidence=seen)'
    outcome = "exposed" if security else "wasted"
    if _dated(unit):
        return f'''def {problem}({item}: {resource}, *, longest: timedelta = {_YEAR}) -> Outcome:
    """It has been there for longer than a year."""
    if {item}.age <= longest:
        return ok()
    seen = {{"age_days": {item}.age.days}}
    return {outcome}(f"there for {{{item}.age.days}} days", {ends}
'''
    return f'''def {problem}({item}: {resource}, *, tag: str = "owner") -> Outcome:
    """Nobody's: it has no tag that names its owner."""
    if tag in {item}.tags:
        return ok()
    seen = {{"tags": {item}.tags}}
    return {outcome}(f"no tag {{tag}}", {ends}
'''


def rule_test(unit: Unit, rule_id: str, *, security: bool) -> str:
    """Below, at and above its threshold, without data, and excluded."""
    finding, saves = ("exposed" if security else "waste"), ""
    price = next((one.name for one in unit.declared().prices), None)
    if price:
        saves = f"{price!r}: None, "
    if _dated(unit):
        told = f'{saves}"created_at": ASOF - timedelta(days=365, seconds=1), "tags": {{}}'
        fine, missing = '"created_at": ASOF - timedelta(days=365)', "created_at"
    else:
        told, fine, missing = f'{saves}"tags": {{"env": "test"}}', '"tags": {"owner": "web"}', "tags"
    ignore = "cloud-sentinel-ignore" if unit.provider == "gcp" else "cloud-sentinel:ignore"
    resource, scanner, module = unit.resource.__name__, unit.__name__, unit.__module__
    title = f"The rule {rule_id} of {unit.provider} {unit.service}"
    return f'''"""{title}: at its threshold, beyond it, without data, excluded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from {module} import {resource}, {scanner}
from scanners.core.evaluation import evaluate
from scanners.core.resource import Place

ASOF = datetime(2026, 11, 21, 4, tzinfo=UTC)
PLACE = Place("{unit.provider}", "{unit.provider}", "account", "region", ASOF)
TOLD: dict[str, Any] = {{"id": "x-1", {told}}}


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (TOLD, "{finding}"),
        ({{**TOLD, {fine}}}, "ok"),
        ({{**TOLD, "tags": {{"{ignore}": "true"}}}}, "excluded"),
        ({{name: value for name, value in TOLD.items() if name != "{missing}"}}, "insufficient_data"),
    ],
)
def test_{rule_id.replace(".", "_")}(item: dict[str, Any], kind: str) -> None:
    (rule,) = [rule for rule in {scanner}.rules if rule.id == "{rule_id}"]
    assert evaluate(rule, {resource}(PLACE, None, **item)).kind == kind
'''


def test_stem(unit: Unit, rule_id: str) -> str:
    """``ebs_disk_forgotten``."""
    return f"{unit.service}_{rule_id.replace('.', '_')}"
