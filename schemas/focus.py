"""One line of a bill, for every cloud: the columns of FOCUS 1.2, and ours with the prefix ``x_``.

FOCUS is the FinOps Open Cost and Usage Specification (https://focus.finops.org, text under CC BY 4.0). A column that
FOCUS wants in every row but that no bill of a cloud always tells stands here as nullable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["text", "decimal", "time", "json", "boolean"]

DECIMAL: Final = "DECIMAL(38, 18)"
"""Of all money, prices and quantities: exact, 20 digits before the point and 18 behind it."""

TYPES: Final[dict[Kind, str]] = {
    "text": "VARCHAR",
    "decimal": DECIMAL,
    "time": "TIMESTAMP",
    "json": "VARCHAR",
    "boolean": "BOOLEAN",
}
"""DuckDB's type of a kind. A time is UTC; JSON is text with sorted keys and no blanks, so that equal is equal."""


@dataclass(frozen=True)
class Column:
    """A column of silver."""

    name: str
    kind: Kind
    nullable: bool = True
    allowed: tuple[str, ...] = ()
    """The values that may stand there; empty: any."""

    @property
    def type(self) -> str:
        """DuckDB's type."""
        return TYPES[self.kind]


CHARGE_CATEGORIES: Final = ("Usage", "Purchase", "Tax", "Credit", "Adjustment")
CHARGE_FREQUENCIES: Final = ("One-Time", "Recurring", "Usage-Based")
PRICING_CATEGORIES: Final = ("Standard", "Dynamic", "Committed", "Other")
SERVICE_CATEGORIES: Final = (
    "AI and Machine Learning",
    "Analytics",
    "Business Applications",
    "Compute",
    "Databases",
    "Developer Tools",
    "Identity",
    "Integration",
    "Internet of Things",
    "Management and Governance",
    "Media",
    "Migration",
    "Mobile",
    "Multicloud",
    "Networking",
    "Other",
    "Security",
    "Storage",
    "Web",
)
USED: Final = ("Used", "Unused")


def _text(name: str, *allowed: str) -> Column:
    return Column(name, "text", allowed=allowed)


def _told(name: str, *allowed: str) -> Column:
    return Column(name, "text", nullable=False, allowed=allowed)


def _decimal(name: str) -> Column:
    return Column(name, "decimal")


FOCUS: Final = (
    _text("AvailabilityZone"),
    Column("BilledCost", "decimal", nullable=False),
    _told("BillingAccountId"),
    _text("BillingAccountName"),
    _text("BillingAccountType"),
    _told("BillingCurrency"),
    Column("BillingPeriodEnd", "time", nullable=False),
    Column("BillingPeriodStart", "time", nullable=False),
    _text("CapacityReservationId"),
    _text("CapacityReservationStatus", *USED),
    _told("ChargeCategory", *CHARGE_CATEGORIES),
    _text("ChargeClass", "Correction"),
    _text("ChargeDescription"),
    _text("ChargeFrequency", *CHARGE_FREQUENCIES),
    Column("ChargePeriodEnd", "time", nullable=False),
    Column("ChargePeriodStart", "time", nullable=False),
    _text("CommitmentDiscountCategory", "Spend", "Usage"),
    _text("CommitmentDiscountId"),
    _text("CommitmentDiscountName"),
    _decimal("CommitmentDiscountQuantity"),
    _text("CommitmentDiscountStatus", *USED),
    _text("CommitmentDiscountType"),
    _text("CommitmentDiscountUnit"),
    _decimal("ConsumedQuantity"),
    _text("ConsumedUnit"),
    Column("ContractedCost", "decimal", nullable=False),
    _decimal("ContractedUnitPrice"),
    Column("EffectiveCost", "decimal", nullable=False),
    _text("InvoiceId"),
    _text("InvoiceIssuerName"),
    Column("ListCost", "decimal", nullable=False),
    _decimal("ListUnitPrice"),
    _text("PricingCategory", *PRICING_CATEGORIES),
    _text("PricingCurrency"),
    _decimal("PricingCurrencyContractedUnitPrice"),
    _decimal("PricingCurrencyEffectiveCost"),
    _decimal("PricingCurrencyListUnitPrice"),
    _decimal("PricingQuantity"),
    _text("PricingUnit"),
    _told("ProviderName"),
    _text("PublisherName"),
    _text("RegionId"),
    _text("RegionName"),
    _text("ResourceId"),
    _text("ResourceName"),
    _text("ResourceType"),
    _told("ServiceCategory", *SERVICE_CATEGORIES),
    _told("ServiceName"),
    _text("ServiceSubcategory"),
    _text("SkuId"),
    _text("SkuMeter"),
    Column("SkuPriceDetails", "json"),
    _text("SkuPriceId"),
    _text("SubAccountId"),
    _text("SubAccountName"),
    _text("SubAccountType"),
    Column("Tags", "json"),
)
"""The 57 columns of FOCUS 1.2. Ends of periods are exclusive."""

OURS: Final = (
    _told("x_provider"),
    _told("x_source"),
    Column("x_is_final", "boolean", nullable=False),
    _text("x_line_id"),
    _text("x_charge_type"),
    _text("x_service_code"),
    _text("x_operation"),
    _text("x_usage_type"),
    _text("x_resource_group"),
    Column("x_cost_categories", "json"),
)
"""What FOCUS has no column for.

``x_provider``: ``aws``, ``azure``, ``gcp``, or another provider's name in lower case with dashes. ``x_source``: the
reader. ``x_is_final``: whether the bill is closed, else an estimate. ``x_line_id``: what the provider calls the line
(need not be unique). ``x_charge_type``: the provider's own word for the kind of line (``DiscountedUsage``,
``SavingsPlanNegation``, ``COMMITTED_USAGE_DISCOUNT`` ...). The account's name is FOCUS' ``SubAccountName``.
"""

SILVER: Final = FOCUS + OURS
"""The columns of silver, in order."""

BY_NAME: Final = {column.name: column for column in SILVER}

ACCOUNT: Final = "coalesce(SubAccountId, BillingAccountId)"
"""SQL: the account of a line (AWS account, Azure subscription, GCP project), or who is billed where there is none.

For one (``x_provider``, account, ``BillingPeriodStart``) one source is the active one.
"""
