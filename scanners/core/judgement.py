"""What the source of a rule says of its findings before any is found: how severe they are, what they would save."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, Final

from scanners.core.rules import Rule
from scanners.core.scanner import CloudScanner
from schemas.finding import SEVERITIES

EXPOSURE: Final = "none: it is about exposure, not money"
UNKNOWN: Final = "unknown: the rule names no price"
CORE: Final = __name__.rpartition(".")[0]
COMPUTED: Final = "computed by the rule from the costs that stand in its evidence"


def severities(rule: Rule[Any]) -> tuple[str, ...]:
    """The severities that the check can give, the worst first."""
    given = (node for value in _keywords(rule, "severity") for node in ast.walk(value))
    words = {node.value for node in given if isinstance(node, ast.Constant)}
    return tuple(severity for severity in SEVERITIES if severity in words)


def saving(unit: type[CloudScanner[Any]], rule: Rule[Any]) -> str:
    """What a finding would save, in the words of the price that the check takes."""
    if rule.category == "security":
        return EXPOSURE
    prices = {one.name: one.description for one in unit.declared().prices}
    told = {_basis(value, prices) for value in _keywords(rule, "saves")}
    return "; ".join(sorted(told)) or COMPUTED


def _basis(value: ast.expr, prices: dict[str, str]) -> str:
    if isinstance(value, ast.Constant) and value.value is None:
        return UNKNOWN
    if isinstance(value, ast.Attribute) and value.attr in prices:
        return prices[value.attr]
    return COMPUTED


def _keywords(rule: Rule[Any], name: str) -> Iterator[ast.expr]:
    """The expressions given under this keyword in the check and in those it calls: of its module, or of the core."""
    for tree in _sources(rule.check, set()):
        yield from (node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == name)


def _sources(check: object, seen: set[object]) -> Iterator[ast.AST]:
    """None for a check that is no function."""
    if not inspect.isfunction(check) or check in seen:
        return
    seen.add(check)
    tree = ast.parse(textwrap.dedent(inspect.getsource(check)))
    yield tree
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    for other in (check.__globals__.get(name) for name in sorted(called)):
        if getattr(other, "__module__", "").rpartition(".")[0] == CORE or _own(other, check):
            yield from _sources(other, seen)


def _own(other: object, check: Callable[..., Any]) -> bool:
    """Whether it stands in the module of the check."""
    return getattr(other, "__module__", None) == check.__module__
