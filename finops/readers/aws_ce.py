"""AWS Cost Explorer: the pages of ``GetCostAndUsage`` by day, as ``aws_ce_pages`` asks for them.

Unblended cost is billed, amortized cost effective. Cost Explorer knows no list price, no line and no resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from finops.readers import expressions as sql
from finops.readers.named import NUMBER
from finops.readers.pages import one_delivery
from finops.readers.protocol import Control, LineMapping
from finops.readers.service_categories import AWS_NAMES, CATEGORY, joined
from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from finops.readers.protocol import Columns, Delivery, Fetch, RawFile

CHARGES: Final = {
    "Tax": "tax",
    "Credit": "credit",
    "Adjustment": "refund|outofcycle",
    "Purchase": "fee|recurring|upfront|purchase",
    "Usage": "usage|discount|negation",
}
"""Charge categories by words in the record type, in this order; anything else is an ``Adjustment``."""
AMOUNTS: Final = {"billed": "UnblendedCost", "effective": "AmortizedCost", "quantity": "UsageQuantity"}


class AwsCostExplorer:
    """Days by account, service and region; what is no usage by kind and service."""

    name = "aws-ce"

    def deliveries(self, files: Sequence[RawFile], fetch: Fetch) -> list[Delivery]:
        """All pages of one fetch."""
        return one_delivery(files, fetch)

    def mapping(self, columns: Columns, as_of: datetime) -> LineMapping:  # noqa: ARG002 - the answer says it
        """What the answer calls estimated is not final."""
        if set(columns) - {"_file", "_number"} != {"page"}:
            raise InvalidInputError(
                "columns", ", ".join(columns)[:80], "pages of GetCostAndUsage, as aws-ce keeps them"
            )
        setup, joining = joined(AWS_NAMES, "raw.service")
        period, billed = "date_trunc('month', raw.day)", sql.decimal("billed")
        return LineMapping(
            {**_who_and_when(period), **_what(), **_costs(billed)},
            control=Control("date_trunc('month', day)", "currency", billed, source="groups"),
            source=f"groups AS {joining}",
            setup=(f"groups AS ({_groups()})", *setup),
            unreadable=tuple((name, sql.no_decimal(name, "VARCHAR"), NUMBER) for name in AMOUNTS),
        )


def _groups() -> str:
    """One row a group of a day. A key's place follows from the grouping."""
    amounts = ", ".join(f"found.one ->> '$.Metrics.{metric}.Amount' AS {name}" for name, metric in AMOUNTS.items())
    usage = "page ->> 'grouping' = 'SERVICE,REGION'"
    return (
        "SELECT raw.*, page ->> 'account' AS payer, page ->> 'linked_account' AS account, "
        "CAST(result.one ->> '$.TimePeriod.Start' AS TIMESTAMP) AS day, "
        "CAST(result.one ->> 'Estimated' AS BOOLEAN) AS estimated, "
        f"CASE WHEN {usage} THEN found.one ->> '$.Keys[0]' ELSE found.one ->> '$.Keys[1]' END AS service, "
        f"CASE WHEN {usage} THEN found.one ->> '$.Keys[1]' END AS region, "
        f"CASE WHEN {usage} THEN 'Usage' ELSE found.one ->> '$.Keys[0]' END AS kind, "
        f"found.one ->> '$.Metrics.UnblendedCost.Unit' AS currency, {amounts} "
        "FROM raw, unnest(CAST(page -> '$.response.ResultsByTime' AS JSON[])) AS result(one), "
        "unnest(CAST(result.one -> 'Groups' AS JSON[])) AS found(one)"
    )


def _who_and_when(period: str) -> dict[str, str]:
    return {
        "BillingPeriodStart": period,
        "BillingPeriodEnd": sql.next_month(period),
        "ChargePeriodStart": "raw.day",
        "ChargePeriodEnd": "(raw.day + INTERVAL 1 DAY)",
        "BillingAccountId": "raw.payer",
        "SubAccountId": "raw.account",
        "BillingCurrency": "raw.currency",
        "InvoiceIssuerName": "'Amazon Web Services, Inc.'",
        "ProviderName": "'AWS'",
        "PublisherName": "'Amazon Web Services, Inc.'",
        "x_provider": "'aws'",
        "x_source": "'aws-ce'",
        "x_is_final": "NOT raw.estimated",
    }


def _what() -> dict[str, str]:
    word = "regexp_replace(lower(raw.kind), '[^a-z]', '', 'g')"
    whens = " ".join(f"WHEN regexp_matches({word}, '{words}') THEN '{name}'" for name, words in CHARGES.items())
    category = f"CASE {whens} ELSE 'Adjustment' END"
    nowhere = sql.among("raw.region", ("", "NoRegion"))
    return {
        "ChargeCategory": category,
        "ChargeClass": f"CASE WHEN contains({word}, 'refund') THEN 'Correction' END",
        "x_charge_type": "raw.kind",
        "ServiceName": "raw.service",
        "ServiceCategory": CATEGORY,
        "RegionId": f"CASE WHEN NOT {nowhere} THEN raw.region END",
    }


def _costs(billed: str) -> dict[str, str]:
    return {
        "BilledCost": billed,
        "EffectiveCost": sql.decimal("effective"),
        "ListCost": billed,
        "ContractedCost": billed,
    }
