"""Column types: exact times, exact money, structs as JSON text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import BigInteger, Dialect, Numeric, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeEngine

T = TypeVar("T")

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
MONEY_STEP: Final = Decimal("0.000001")
COST_STEP: Final = Decimal("0.00000001")
CENTS: Final = Decimal("0.01")


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970. Raises ``TypeError`` for a naive time."""
    return (moment - EPOCH) // MICROSECOND


def aware(moment: datetime) -> datetime:
    """The same moment. Raises ``TypeError`` for a naive time."""
    if moment.tzinfo is None:
        raise TypeError("a time without a zone")
    return moment


def from_micros(micros: int) -> datetime:
    """The aware time in UTC."""
    return EPOCH + micros * MICROSECOND


Words: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared byte by byte on both, so that ranges, order and keysets are the same."""


class UtcTime(TypeDecorator[datetime]):
    """Aware UTC: ``timestamptz`` on PostgreSQL; on SQLite whole microseconds since 1970, exact, eight bytes."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """What the database keeps."""
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if _is_postgres(dialect) else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - as the driver takes it
        """To the database."""
        if value is None:
            return None
        return aware(value) if _is_postgres(dialect) else to_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - as the driver gives it
        """From the database."""
        if value is None:
            return None
        return value.astimezone(UTC) if _is_postgres(dialect) else from_micros(value)


class Day(TypeDecorator[date]):
    """A day as ``2026-11-21``: text that sorts."""

    impl = Words
    cache_ok = True

    def process_bind_param(self, value: date | None, _dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, _dialect: Dialect) -> date | None:
        """From the database."""
        return None if value is None else date.fromisoformat(value)


class Money(TypeDecorator[Decimal]):
    """An amount to the millionth: ``numeric`` on PostgreSQL; on SQLite whole millionths, whose sums are exact."""

    impl = BigInteger
    cache_ok = True
    step = MONEY_STEP
    digits = 18

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """What the database keeps."""
        numeric = Numeric(self.digits, -int(self.step.as_tuple().exponent))
        return dialect.type_descriptor(numeric if _is_postgres(dialect) else BigInteger())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | int | None:
        """To the database."""
        if value is None:
            return None
        exact = value.quantize(self.step, ROUND_HALF_EVEN)
        return exact if _is_postgres(dialect) else int(exact / self.step)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ANN401 - as the driver gives it
        """From the database, with at least the cents written out."""
        if value is None:
            return None
        return written(value if _is_postgres(dialect) else value * self.step)


class Cost(Money):
    """An amount of a bill to the hundred-millionth: small enough that a million of rows still sum up to the cent.

    A sum on SQLite may reach 92 thousand million, in any currency.
    """

    cache_ok = True
    step = COST_STEP
    digits = 28


def amount(millionths: int) -> Decimal:
    """The exact amount with two decimals, or as many more as it has."""
    return written(millionths * MONEY_STEP)


def written(exact: Decimal) -> Decimal:
    """The same amount with two decimals, or as many more as it has."""
    return exact.quantize(CENTS) if exact == exact.quantize(CENTS) else exact.normalize()


def _is_postgres(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


class Json(TypeDecorator[Any]):
    """Any type that msgspec reads, as JSON text: written and read whole, never searched.

    On PostgreSQL too: ``jsonb`` would parse each value once more, reorder its keys and refuse U+0000.
    """

    impl = Words
    cache_ok = True

    def __init__(self, shape: object) -> None:
        super().__init__()
        self.shape: Any = shape

    def process_bind_param(self, value: object, _dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, _dialect: Dialect) -> object:
        """From the database."""
        return None if value is None else msgspec.json.decode(value, type=self.shape)
