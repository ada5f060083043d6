"""Each promise names a test that exists, and each test of a fault stands beside a promise."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", (ROOT / "docs/reliability.md").read_text())


def functions_of(path: Path) -> set[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, functions)}
    return {name for name in found if name.startswith("test_")}


def test_each_promise_names_a_test_that_exists() -> None:
    assert len(NAMED) >= 7
    missing = [f"{path}::{name}" for path, name in NAMED if name not in functions_of(ROOT / path)]
    assert missing == []


def test_each_test_of_a_fault_keeps_a_promise() -> None:
    files = (ROOT / "tests/faults").rglob("*.py")
    there = {(str(path.relative_to(ROOT)), name) for path in files for name in functions_of(path)}
    assert sorted(there - set(NAMED)) == []
