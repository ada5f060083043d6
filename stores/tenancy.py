"""Tenancy: every query for a client starts here, so that no client sees another's rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, or_, select

from schemas.scan import DEFAULT_CLIENT


def of_client(table: Table, client_id: str, *columns: ColumnElement[Any]) -> Select[Any]:
    """The rows of one client: whole, or these columns."""
    return select(*(columns or (table,))).select_from(table).where(table.c.client_id == client_id)


def of_any_client(table: Table) -> Select[Any]:
    """The rows of all clients: for the data plane, which works for all of them."""
    return select(table)


def of_client_or_nobody(table: Table, client_id: str) -> ColumnElement[bool]:
    """The rows of one client; those of which nobody knows whose they are belong to who runs the product."""
    own = table.c.client_id == client_id
    return or_(own, table.c.client_id.is_(None)) if client_id == DEFAULT_CLIENT else own
