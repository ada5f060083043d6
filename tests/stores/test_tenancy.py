"""No client sees another's rows: each query for people takes the client, and starts at the one filter."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from stores import audit, decisions, events, findings, history, resources, users
from stores.events import EventQuery

STORES = Path(__file__).parents[2] / "stores"
READS = [
    pytest.param(function, id=f"{module.__name__}.{name}")
    for module in (events, resources, findings, decisions)
    for name, function in inspect.getmembers(module, inspect.iscoroutinefunction)
    if function.__module__ == module.__name__
]


def test_there_are_reads() -> None:
    assert len(READS) == 12


@pytest.mark.parametrize("read", READS)
def test_each_read_needs_a_client(read: Callable[..., Any]) -> None:
    parameters = inspect.signature(read).parameters
    client = parameters.get("client_id")
    if client is None:
        assert parameters["query"].annotation == EventQuery.__name__

        assert EventQuery.__struct_fields__[0] == "client_id"
        assert len(EventQuery.__struct_defaults__) < len(EventQuery.__struct_fields__)
    else:
        assert client.default is inspect.Parameter.empty
        assert client.annotation == "str"


MODULES = [events, resources, findings, decisions, history, users, audit]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.__name__))
def test_each_query_starts_at_the_filter(module: ModuleType) -> None:
    """``select`` is not even imported there."""
    tree = ast.parse(inspect.getsource(module))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert "of_client" in imported
    assert not imported & {"select", "of_any_client", "text"}


def test_only_the_data_plane_reads_all_clients() -> None:
    users = {path.name for path in STORES.glob("*.py") if "import of_any_client" in path.read_text()}
    every = {"account_secrets.py", "callbacks.py", "jobs.py", "processes.py", "scans.py", "schedules.py", "tasks.py"}
    assert users == every
