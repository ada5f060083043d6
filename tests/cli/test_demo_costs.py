"""What the demo says of its bills."""

from __future__ import annotations

from cli.demo.bills import cost_lines


def test_the_month_to_date_is_told_by_cloud_and_currency() -> None:
    months = [
        {"cloud": "aws", "currency": "USD", "month_to_date": "24460.94999905"},
        {"cloud": "azure", "currency": "EUR", "month_to_date": "125.64"},
        {"cloud": "azure", "currency": "USD", "month_to_date": "4199.26"},
    ]
    first, second = cost_lines(months, "http://127.0.0.1:8080")
    assert first == "month to date (demo bills): aws 24,460.95 USD, azure 125.64 EUR + 4,199.26 USD"
    assert second.endswith("'http://127.0.0.1:8080/api/v1/costs?group_by=service'")
