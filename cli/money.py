"""Money as a person reads it. Currencies are never added to each other."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal


def amount(value: Decimal | None, currency: str | None) -> str:
    """``12.34 USD``, or that the price is not known."""
    return "price unknown" if value is None else f"{value:,.2f} {currency or ''}".rstrip()


def amounts(by_currency: Mapping[str, Decimal]) -> str:
    """``12.34 USD + 5.00 EUR``; zero when there is nothing."""
    return " + ".join(amount(value, currency) for currency, value in sorted(by_currency.items())) or "0.00"


def written(value: str | None, currency: str | None) -> str:
    """The same for an amount as the API writes it."""
    return amount(None if value is None else Decimal(value), currency)
