"""Tenancy: every query for a client starts here, so that no client sees another's rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, select


def of_client(table: Table, client_id: str, *columns: ColumnElement[Any]) -> Select[Any]:
    """The rows of one client: whole, or these columns."""
    return select(*(columns or (table,))).select_from(table).where(table.c.client_id == client_id)


def of_any_client(table: Table) -> Select[Any]:
    """The rows of all clients: for the data plane, which works for all of them."""
    return select(table)
