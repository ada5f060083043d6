"""The Azure bills as exports of Cost Management: actual costs of an Enterprise Agreement, and of a Customer Agreement.

The shop's columns are those of an EA file (PascalCase, dates as month/day/year, a byte-order mark); the laboratory's
those of an MCA file (camelCase), with prices in dollars and costs in euros.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from demo_cloud.azure.names import LAB, SHOP, SUBSCRIPTIONS
from demo_cloud.bills.azure import azure_charges
from demo_cloud.bills.charge import MARK, PLACES, Charge
from demo_cloud.bills.files import by_month, write_csv
from demo_cloud.bills.planted import EUROS_A_DOLLAR
from demo_cloud.bills.season import next_month

EA: Final = (
    "InvoiceSectionName", "AccountName", "AccountOwnerId", "SubscriptionId", "SubscriptionName", "ResourceGroup",
    "ResourceLocation", "Date", "ProductName", "MeterCategory", "MeterSubCategory", "MeterId", "MeterName",
    "MeterRegion", "UnitOfMeasure", "Quantity", "EffectivePrice", "CostInBillingCurrency", "CostCenter",
    "ConsumedService", "ResourceId", "Tags", "OfferId", "AdditionalInfo", "ServiceInfo1", "ServiceInfo2",
    "ResourceName", "ReservationId", "ReservationName", "UnitPrice", "ProductOrderId", "ProductOrderName", "Term",
    "PublisherType", "PublisherName", "ChargeType", "Frequency", "PricingModel", "AvailabilityZone",
    "BillingAccountId", "BillingAccountName", "BillingCurrencyCode", "BillingPeriodStartDate",
    "BillingPeriodEndDate", "BillingProfileId", "BillingProfileName", "InvoiceSectionId", "IsAzureCreditEligible",
    "PartNumber", "PayGPrice", "PlanName", "ServiceFamily", "CostAllocationRuleName", "benefitId", "benefitName",
)  # fmt: skip
MCA: Final = (
    "invoiceId", "previousInvoiceId", "billingAccountId", "billingAccountName", "billingProfileId",
    "billingProfileName", "invoiceSectionId", "invoiceSectionName", "resellerName", "resellerMpnId", "costCenter",
    "billingPeriodEndDate", "billingPeriodStartDate", "servicePeriodEndDate", "servicePeriodStartDate", "date",
    "serviceFamily", "productOrderId", "productOrderName", "consumedService", "meterId", "meterName",
    "meterCategory", "meterSubCategory", "meterRegion", "ProductId", "ProductName", "SubscriptionId",
    "subscriptionName", "publisherType", "publisherId", "publisherName", "resourceGroupName", "ResourceId",
    "resourceLocation", "location", "effectivePrice", "quantity", "unitOfMeasure", "chargeType", "billingCurrency",
    "pricingCurrency", "costInBillingCurrency", "costInPricingCurrency", "costInUsd",
    "paygCostInBillingCurrency", "paygCostInUsd", "exchangeRatePricingToBilling", "exchangeRateDate",
    "isAzureCreditEligible", "serviceInfo1", "serviceInfo2", "additionalInfo", "tags", "PayGPrice", "frequency",
    "term", "reservationId", "reservationName", "pricingModel", "unitPrice", "costAllocationRuleName", "benefitId",
    "benefitName", "provider",
)  # fmt: skip
Row = Mapping[str, Any]


def write_exports(folder: Path, now: datetime) -> list[Path]:
    """Write every month of both subscriptions below ``folder``; the manifests, oldest first."""
    lines = azure_charges(now)
    shop = [line for line in lines if line.meter.account == SHOP]
    lab = [line for line in lines if line.meter.account == LAB]
    made = [_write_month(folder / "demo-shop", month, found, EA, ea_row, now) for month, found in by_month(shop)]
    return made + [_write_month(folder / "demo-lab", month, found, MCA, mca_row, now) for month, found in by_month(lab)]


def _write_month(
    root: Path,
    month: date,
    lines: Iterable[Charge],
    columns: tuple[str, ...],
    row: Callable[[Charge, date], Row],
    now: datetime,
) -> Path:
    last = next_month(month) - timedelta(days=1)
    run = f"0de00000-0000-4000-8000-{crc32(f'{root.name}{month}'.encode()):012d}"
    folder = root / f"{month:%Y%m%d}-{last:%Y%m%d}" / run
    rows = [row(line, month) for line in lines]
    size = write_csv(folder / "part_0_0001.csv", columns, rows, bom=columns is EA)
    blob = (folder / "part_0_0001.csv").relative_to(root.parent).as_posix()
    told = {
        "manifestVersion": "2024-04-01",
        "byteCount": size,
        "blobCount": 1,
        "dataRowCount": len(rows),
        "exportConfig": {"exportName": root.name, "dataVersion": "2024-08-01", "type": "ActualCost",
                         "granularity": "Daily"},
        "deliveryConfig": {"partitionData": True, "dataOverwriteBehavior": "OverwritePreviousReport",
                           "fileFormat": "Csv", "compressionMode": "None", "rootFolderPath": "demo"},
        "runInfo": {"executionType": "Scheduled", "runId": run, "submittedTime": now.isoformat(),
                    "startDate": f"{month}T00:00:00", "endDate": f"{last}T00:00:00"},
        "blobs": [{"blobName": blob, "byteCount": size, "dataRowCount": len(rows)}],
    }  # fmt: skip
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(told, indent=1))
    return manifest


def ea_row(line: Charge, month: date) -> Row:
    """A line of an Enterprise Agreement, in dollars."""
    meter, end = line.meter, next_month(month) - timedelta(days=1)
    return {
        "AccountName": "demo (synthetic)",
        "SubscriptionId": meter.account,
        "SubscriptionName": SUBSCRIPTIONS[meter.account],
        "ResourceGroup": "web",
        "ResourceLocation": meter.region,
        "Date": f"{line.start:%m/%d/%Y}",
        "ProductName": f"{meter.service} - {meter.usage_type}",
        "MeterCategory": meter.service,
        "MeterId": _meter_id(line),
        "MeterName": meter.usage_type,
        "UnitOfMeasure": meter.unit,
        "Quantity": line.quantity,
        "EffectivePrice": meter.price,
        "CostInBillingCurrency": line.billed,
        "ConsumedService": _provider(line),
        "ResourceId": meter.resource,
        # the export leaves out the braces
        "Tags": json.dumps({**meter.tags, **MARK})[1:-1],
        "ResourceName": meter.resource.rpartition("/")[2],
        "UnitPrice": meter.price,
        "PublisherType": "Azure",
        "PublisherName": "Microsoft",
        "ChargeType": line.line_type,
        "Frequency": "UsageBased",
        "PricingModel": "OnDemand",
        "BillingAccountId": "0000001",
        "BillingAccountName": "demo (synthetic)",
        "BillingCurrencyCode": "USD",
        "BillingPeriodStartDate": f"{month:%m/%d/%Y}",
        "BillingPeriodEndDate": f"{end:%m/%d/%Y}",
        "PayGPrice": meter.price,
        "IsAzureCreditEligible": "True",
    }


def mca_row(line: Charge, month: date) -> Row:
    """A line of a Customer Agreement, priced in dollars and billed in euros."""
    meter, end = line.meter, next_month(month) - timedelta(days=1)
    euros = euros_of(line)
    return {
        "billingAccountId": "0de0-lab:2026-01-01",
        "billingAccountName": "demo (synthetic)",
        "billingPeriodStartDate": f"{month:%m/%d/%Y}",
        "billingPeriodEndDate": f"{end:%m/%d/%Y}",
        "servicePeriodStartDate": f"{month:%m/%d/%Y}",
        "servicePeriodEndDate": f"{end:%m/%d/%Y}",
        "date": f"{line.start:%m/%d/%Y}",
        "consumedService": _provider(line),
        "meterId": _meter_id(line),
        "meterName": meter.usage_type,
        "meterCategory": meter.service,
        "ProductName": f"{meter.service} - {meter.usage_type}",
        "SubscriptionId": meter.account,
        "subscriptionName": SUBSCRIPTIONS[meter.account],
        "publisherType": "Microsoft",
        "publisherName": "Microsoft",
        "resourceGroupName": "web",
        "ResourceId": meter.resource,
        "resourceLocation": meter.region,
        "location": meter.region,
        "effectivePrice": meter.price,
        "quantity": line.quantity,
        "unitOfMeasure": meter.unit,
        "chargeType": line.line_type,
        "billingCurrency": "EUR",
        "pricingCurrency": "USD",
        "costInBillingCurrency": euros,
        "costInPricingCurrency": line.billed,
        "costInUsd": line.billed,
        "paygCostInBillingCurrency": euros,
        "paygCostInUsd": line.billed,
        "exchangeRatePricingToBilling": EUROS_A_DOLLAR,
        "exchangeRateDate": f"{month:%m/%d/%Y}",
        "isAzureCreditEligible": "True",
        "tags": json.dumps({**meter.tags, **MARK}),
        "PayGPrice": meter.price,
        "frequency": "UsageBased",
        "pricingModel": "OnDemand",
        "unitPrice": meter.price,
        "provider": "Azure",
    }


def euros_of(line: Charge) -> Decimal:
    """What the laboratory is billed."""
    return (line.billed * EUROS_A_DOLLAR).quantize(PLACES)


def _provider(line: Charge) -> str:
    return line.meter.resource.partition("/providers/")[2].partition("/")[0]


def _meter_id(line: Charge) -> str:
    text = f"{line.meter.service}/{line.meter.usage_type}/{line.meter.region}"
    return f"0de00000-0000-4000-8000-{crc32(text.encode()):012d}"
