"""Our own habits, checked on the code: what the general linters do not know."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    *("schemas", "scanners", "connections", "bus", "stores", "finops"),
    *("data_plane", "control_plane", "dashboard", "demo_cloud", "cli"),
)
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))

ENVIRONMENT_READERS = {
    "schemas/settings.py",  # the one place
    "demo_cloud",  # starts processes and prepares moto
    "cli",  # starts processes; honours NO_COLOR and the vendor's variables
    "connections",  # says which of the vendor's variables are set, never their values
}


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))


def test_there_are_sources() -> None:
    assert len(SOURCES) > 30


@pytest.mark.parametrize("path", SOURCES, ids=_relative)
def test_the_environment_is_read_in_one_place(path: Path) -> None:
    if any(_relative(path).startswith(allowed) for allowed in ENVIRONMENT_READERS):
        return
    reads = [
        node.lineno
        for node in _nodes(path)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and _is_os(node.value)
    ]
    assert reads == [], f"{_relative(path)} reads the environment; use schemas.settings"


def _is_os(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "os"


@pytest.mark.parametrize("path", SOURCES, ids=_relative)
def test_no_module_is_named_after_nothing(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base"}


def test_no_type_ignore_without_its_error_code() -> None:
    bare = [_relative(path) for path in SOURCES if re.search(r"type: ignore(?!\[)", path.read_text())]
    assert bare == []


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in listed.splitlines()]


FOREIGN = re.compile("|".join(["/work/" + "main", "/work/" + "shared", "polyg" + "lot", "helper-" + r"\d"]))


def test_the_tree_speaks_of_the_product_alone() -> None:
    texts = [p for p in _tracked() if p.suffix in {".py", ".md", ".toml", ".sh", ".html", ".json", ".yaml", ".yml"}]
    found = [str(p.relative_to(ROOT)) for p in texts if p.exists() and FOREIGN.search(p.read_text())]
    assert found == []


def test_docs_have_no_dead_links() -> None:
    dead = []
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text())
        dead += [f"{page.name}: {target}" for target in targets if not (page.parent / target).exists()]
    assert dead == []
