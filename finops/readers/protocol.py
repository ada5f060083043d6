"""What a reader is: raw files in, lines in the columns of FOCUS out, said as SQL for DuckDB.

How it is used, in this order (nothing is written before a step that may refuse has passed):

1. ``reader.deliveries(files, fetch)``: which of the files that lie there belong together. Only small manifests are
   fetched. Raises ``InvalidInputError``, say for a manifest that names a part that is not there.
2. the parts are copied as they are, to raw; ``relation(parts)`` (``finops.readers.files``) is a table function over
   them. Raises ``InvalidInputError`` for what is no bill at all.
3. ``reader.mapping(columns, as_of)``: SQL over the columns that ``DESCRIBE`` tells of that relation. Raises
   ``InvalidInputError`` for a missing column.
4. ``finops.readers.statements``: ``lines_sql`` (the rows to keep), ``rejected_sql`` (the rows to set aside, with file,
   number and reason), ``control_sql`` (what the source adds up to, for the reconciliation). Whether the delivery can be
   taken as a whole (one currency a bill, no month that shrank) is seen in its lines.

A bill says its periods and accounts by its lines: ``BillingPeriodStart`` and ``schemas.focus.ACCOUNT``; whether it is
final by ``x_is_final``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

Columns = Mapping[str, str]
"""The columns of a relation: name, and DuckDB's type."""

Fetch = Callable[[str], bytes]
"""The content of one small file (a manifest) by its key."""


@dataclass(frozen=True)
class RawFile:
    """A file of the source, as its listing tells it."""

    key: str
    """Below the path that was asked for, with ``/``."""
    size_bytes: int
    modified_at: datetime


@dataclass(frozen=True)
class Delivery:
    """The files that together hold whole billing periods: they are taken together, or not at all."""

    name: str
    parts: tuple[str, ...]
    """Keys, in order. Each once."""
    manifest: str | None = None
    promised_rows: int | None = None
    """How many rows the manifest says there are."""


@dataclass(frozen=True)
class Control:
    """What the source adds up to, as SQL over ``raw``, apart from the mapping of the lines."""

    billing_period: str
    """The month's start, a TIMESTAMP."""
    currency: str
    billed: str
    """A DECIMAL; null where it cannot be read."""
    source: str = "raw"
    """What stands after FROM: ``raw``, or a common table expression of the mapping's ``setup``."""


@dataclass(frozen=True)
class LineMapping:
    """How the lines come from the rows of the relation, which is named ``raw`` in all of this SQL."""

    expressions: Mapping[str, str]
    """Of silver columns by name. A column that is not here is null."""
    control: Control
    source: str = "raw"
    """What stands after FROM: ``raw``, alone or joined. A row of ``raw`` may become several lines (credits of GCP)."""
    setup: tuple[str, ...] = ()
    """Common table expressions that ``source`` joins, each ``name AS (SELECT ...)``."""
    unreadable: tuple[tuple[str, str, str], ...] = ()
    """Of columns of ``raw``: (its name, SQL that is true for a value that cannot be, what is allowed).

    Such a row is set aside, and the reason tells all three.
    """
    checked: frozenset[str] = frozenset()
    """Silver columns that pass on what the bill says, and so may hold a value that FOCUS does not allow."""


class Reader(Protocol):
    """One form of bill. Pure: reads no file but by ``fetch``, and asks no clock."""

    name: str
    """What people type, and ``x_source`` of every line: ``aws-cur``."""

    def deliveries(self, files: Sequence[RawFile], fetch: Fetch) -> list[Delivery]:
        """The newest delivery of each billing period, oldest period first."""

    def mapping(self, columns: Columns, as_of: datetime) -> LineMapping:
        """For a delivery with these columns. ``as_of``: the moment of the ingestion, for what is final by its age."""
