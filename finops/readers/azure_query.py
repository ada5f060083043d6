"""Azure Cost Management: the pages of its query by day, as ``azure_query_pages`` asks for them.

Actual costs are billed, amortized costs effective: each is a line of its own, so that both add up to what Azure says.
The query knows no list price, no quantity that could be added up, and no resource here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from finops.readers import expressions as sql
from finops.readers.azure_export import CATEGORIES
from finops.readers.focus_file import is_final
from finops.readers.named import NUMBER
from finops.readers.pages import one_delivery
from finops.readers.protocol import Control, LineMapping
from finops.readers.service_categories import AZURE, CATEGORY, joined
from schemas.errors import InvalidInputError
from schemas.focus import DECIMAL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from finops.readers.protocol import Columns, Delivery, Fetch, RawFile

VALUES: Final = {
    "cost": "Cost",
    "told_day": "UsageDate",
    "service": "ServiceName",
    "region": "ResourceLocation",
    "currency": "Currency",
}


class AzureQuery:
    """Days by charge type, service and region."""

    name = "azure-query"

    def deliveries(self, files: Sequence[RawFile], fetch: Fetch) -> list[Delivery]:
        """All pages of one fetch."""
        return one_delivery(files, fetch)

    def mapping(self, columns: Columns, as_of: datetime) -> LineMapping:
        """A month is final by its age: the answer does not say it."""
        if set(columns) - {"_file", "_number"} != {"page"}:
            raise InvalidInputError("columns", ", ".join(columns)[:80], "pages of the query, as azure-query keeps them")
        setup, joining = joined(AZURE, "raw.service")
        period = "date_trunc('month', raw.day)"
        return LineMapping(
            {**_who_and_when(period, as_of), **_what(), **_costs()},
            control=Control("date_trunc('month', day)", "currency", _billed(""), source="answered"),
            source=f"answered AS {joining}",
            setup=(f"answered AS ({_rows()})", *setup),
            unreadable=(("cost", sql.no_decimal("cost", "VARCHAR"), NUMBER),),
        )


def _rows() -> str:
    """One row a row. A value's place is that of its column's name."""
    names = "(page ->> '$.response.properties.columns[*].name')"
    values = ", ".join(
        f"row.told ->> ('$[' || (list_position({names}, '{column}') - 1) || ']') AS {name}"
        for name, column in VALUES.items()
    )
    told = (
        "SELECT raw.*, page ->> 'subscription' AS subscription, page ->> 'view' AS viewed, "
        f"page ->> 'charge_type' AS kind, {values} "
        "FROM raw, unnest(CAST(page -> '$.response.properties.rows' AS JSON[])) AS row(told)"
    )
    return f"SELECT *, try_strptime(told_day, ['%Y%m%d', '%Y-%m-%dT%H:%M:%S']) AS day FROM ({told})"


def _who_and_when(period: str, as_of: datetime) -> dict[str, str]:
    return {
        "BillingPeriodStart": period,
        "BillingPeriodEnd": sql.next_month(period),
        "ChargePeriodStart": "raw.day",
        "ChargePeriodEnd": "(raw.day + INTERVAL 1 DAY)",
        "BillingAccountId": "raw.subscription",
        "SubAccountId": "raw.subscription",
        "SubAccountType": "'Subscription'",
        "BillingCurrency": "raw.currency",
        "InvoiceIssuerName": "'Microsoft'",
        "ProviderName": "'Microsoft'",
        "PublisherName": "'Microsoft'",
        "x_provider": "'azure'",
        "x_source": "'azure-query'",
        "x_is_final": is_final("NULL", sql.next_month(period), as_of),
    }


def _what() -> dict[str, str]:
    nowhere = sql.among("lower(raw.region)", ("", "unassigned", "unknown", "n/a"))
    return {
        "ChargeCategory": sql.case("raw.kind", CATEGORIES, "'Adjustment'"),
        "ChargeClass": "CASE raw.kind WHEN 'Refund' THEN 'Correction' END",
        "x_charge_type": "raw.kind",
        "ServiceName": "coalesce(nullif(raw.service, ''), 'Other')",
        "ServiceCategory": CATEGORY,
        "RegionId": f"CASE WHEN NOT {nowhere} THEN lower(replace(raw.region, ' ', '')) END",
    }


def _billed(table: str) -> str:
    return f"CASE {table}viewed WHEN 'ActualCost' THEN {sql.to_decimal(f'{table}cost')} ELSE CAST(0 AS {DECIMAL}) END"


def _costs() -> dict[str, str]:
    cost = sql.to_decimal("raw.cost")
    return {
        "BilledCost": _billed("raw."),
        "EffectiveCost": f"CASE raw.viewed WHEN 'AmortizedCost' THEN {cost} ELSE CAST(0 AS {DECIMAL}) END",
        "ListCost": _billed("raw."),
        "ContractedCost": _billed("raw."),
    }
