"""What is planted in the bills, by hand: the anomalies with their money, credits, a refund, taxes, a commitment.

The anomalies are what ``docs/demo-bills.md`` says; a test compares the bills with this table.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from demo_cloud.azure.names import SHOP, WEST_EUROPE
from demo_cloud.bills.charge import Extra
from demo_cloud.gcp.world import PROJECT
from demo_cloud.names import DATA, VIRGINIA

ANOMALIES: Final = {
    # three days of a batch that did not end: 1,200 vCPU-hours x 0.04048 = 48.576 a day, 145.728 in all
    "aws": Extra(DATA, VIRGINIA, "Fargate-vCPU-Hours:perCPU", (9, 8, 7), Decimal(1200)),
    # a debug log for one day: 120 GB x 2.99 = 358.80
    "azure": Extra(SHOP, WEST_EUROPE, "Analytics Logs Data Ingestion", (5,), Decimal(120)),
    # two days of verbose logs: 300 GiB x 0.5 = 150.00 a day, 300.00 in all
    "gcp": Extra(PROJECT, "us-central1", "Log Storage cost", (16, 15), Decimal(300)),
}
"""By cloud: days before today, and how much more was used on each of them."""

CREDITS: Final = {1: Decimal("-50.00"), 2: Decimal("-50.00"), 3: Decimal("-50.00")}
"""A promotional credit of the retail account, by month counted from the first."""
REFUND: Final = (7, Decimal("-120.50"))
"""Month counted from the first, and what AWS gave back in it."""
AZURE_REFUND: Final = (6, Decimal("-75.00"))
AWS_TAX: Final = Decimal("0.20")
"""On what each account is billed in a month."""
GCP_TAX: Final = Decimal("0.20")
GCP_PROMOTION: Final = (4, Decimal("0.5"))
"""The month in which half of what Cloud SQL costs is credited."""
EUROS_A_DOLLAR: Final = Decimal("0.92")
"""At which the laboratory is billed: a rate of the demo, no market's."""

PLAN_ID: Final = "arn:aws:savingsplans::111111111111:savingsplan/0de00000-0000-4000-8000-00000000005a"
PLAN_FROM_MONTH: Final = 6
"""A savings plan of the demo: one year, half of it paid at its start; its discount is the demo's, not AWS's."""
PLAN_DISCOUNT: Final = Decimal("0.28")
PLAN_INSTANCES: Final = 20
PLAN_UNUSED_AN_HOUR: Final = Decimal("0.05")
PLAN_DAYS: Final = 365
