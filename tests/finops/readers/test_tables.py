"""docs/costs-sources.md says what the mappings say."""

from __future__ import annotations

import pytest

from finops.readers.registry import READERS
from finops.readers.tables import COLUMNS, PAGE, page, table


def test_the_tables_are_those_of_the_mappings() -> None:
    assert page(PAGE.read_text()) == PAGE.read_text()


def test_every_form_is_told() -> None:
    assert [name for name in READERS if f"`{name}`" not in PAGE.read_text()] == []


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("aws-cur", "| BilledCost | `line_item_unblended_cost` |"),
        ("azure-export", "| SubAccountId | `subscriptionId` |"),
        ("gcp-export", "| x_provider | `gcp` |"),
        ("focus", "| ListCost | `ListCost`, `ContractedCost`, `BilledCost` |"),
    ],
)
def test_a_row_names_what_it_comes_from(name: str, row: str) -> None:
    assert row in table(name).splitlines()
    assert set(COLUMNS) <= set(READERS)
