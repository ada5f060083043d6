"""Insert or replace. SQLite spells it as PostgreSQL does, so one statement serves both."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

IN_QUERY: Final = 5000
"""Values in one IN list; SQLite takes 32,766 variables."""


def replace(table: Table) -> postgresql.Insert:
    """Insert a whole row, or replace all but its key."""
    statement = postgresql.insert(table)
    keys = [column.name for column in table.primary_key]
    others = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=others)


def highest(table: Table, column: str) -> postgresql.Insert:
    """Insert a row, or raise ``column`` to the new value where that is higher."""
    statement = postgresql.insert(table)
    new = statement.excluded[column]
    keys = [key.name for key in table.primary_key]
    return statement.on_conflict_do_update(index_elements=keys, set_={column: new}, where=new > table.c[column])


def keep(table: Table) -> postgresql.Insert:
    """Insert a row, or leave the one that is there."""
    return postgresql.insert(table).on_conflict_do_nothing()


def in_pieces(values: Iterable[str]) -> Iterable[list[str]]:
    """Lists that fit into a query."""
    rest = iter(sorted(values))
    while piece := list(islice(rest, IN_QUERY)):
        yield piece
