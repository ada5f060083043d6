"""Column types: exact times, exact money, structs as JSON text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator

T = TypeVar("T")

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
MONEY_STEP: Final = Decimal("0.000001")
CENTS: Final = Decimal("0.01")


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970. Raises ``TypeError`` for a naive time."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware time in UTC."""
    return EPOCH + micros * MICROSECOND


class UtcTime(TypeDecorator[datetime]):
    """Aware UTC, kept as whole microseconds since 1970: sorts and compares exactly, eight bytes in an index."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """To the database."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else from_micros(value)


class Money(TypeDecorator[Decimal]):
    """An amount, kept as whole millionths of its currency: sums and order are exact, which SQLite's REAL is not."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> int | None:
        """To the database."""
        return None if value is None else int(value.quantize(MONEY_STEP, ROUND_HALF_EVEN) / MONEY_STEP)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> Decimal | None:
        """From the database, with at least the cents written out."""
        return None if value is None else amount(value)


def amount(millionths: int) -> Decimal:
    """The exact amount with two decimals, or as many more as it has."""
    exact = millionths * MONEY_STEP
    return exact.quantize(CENTS) if exact == exact.quantize(CENTS) else exact.normalize()


class Json(TypeDecorator[Any]):
    """Any type that msgspec reads, as JSON text."""

    impl = Text
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
