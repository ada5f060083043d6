"""The file of rates: what is wrong in it is told by its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from finops.analysis.rates import Rate, read_rates
from schemas.errors import InvalidInputError

HEADER = "from,to,date,rate\n"


def _file(folder: Path, text: str) -> Path:
    path = folder / "rates.csv"
    path.write_text(text)
    return path


def test_rates_are_read_in_order(tmp_path: Path) -> None:
    told = read_rates(_file(tmp_path, HEADER + "EUR,USD,2026-02-01,1.09\nEUR,USD,2026-01-01, 1.08\n\n"))
    assert told == (
        Rate("EUR", "USD", date(2026, 1, 1), Decimal("1.08")),
        Rate("EUR", "USD", date(2026, 2, 1), Decimal("1.09")),
    )
    assert read_rates(None) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("currency,rate\n", "the first line has to be from,to,date,rate"),
        ("", "the first line has to be"),
        (HEADER + "EUR,USD,2026-01-01\n", "line 2.*four values"),
        (HEADER + "eur,USD,2026-01-01,1.08\n", "line 2.*three capital letters"),
        (HEADER + "EUR,USD,1.1.2026,1.08\n", "line 2.*a day"),
        (HEADER + "EUR,USD,2026-01-01,NaN\n", "line 2.*above zero"),
        (HEADER + "EUR,USD,2026-01-01,-1\n", "line 2.*above zero"),
        (HEADER + "EUR,USD,2026-01-01,1,08\n", "line 2.*four values"),
        (HEADER + "EUR,USD,2026-01-01,1.08\nEUR,USD,2026-01-01,1.09\n", "each pair and day once"),
    ],
)
def test_a_wrong_line_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidInputError, match=told):
        read_rates(_file(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="SENTINEL_RATES"):
        read_rates(tmp_path / "none.csv")
