"""The templates, and how they show times and money."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _amount(money: Decimal) -> str:
    return f"{money:,.2f}"


PAGES: Final = Environment(
    loader=PackageLoader("dashboard"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
PAGES.filters |= {"moment": _moment, "amount": _amount}
