"""Writes the bills of the demo where an ingestion finds them, in the layout of each cloud's export."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from demo_cloud.azure.names import LAB, SHOP
from demo_cloud.bills.azure_export import write_exports
from demo_cloud.bills.cur import EXPORT, write_cur
from demo_cloud.bills.gcp_export import TABLE, write_export


def write_bills(folder: Path, now: datetime) -> dict[str, Path]:
    """Write all; by what it is, the folder to ingest. Every path says that it is a demo."""
    root = folder / "demo-bills"
    write_cur(root / "aws", now)
    write_exports(root / "azure", now)
    write_export(root / "gcp", now)
    return {
        "aws-cur": root / "aws" / EXPORT,
        f"azure-export {SHOP}": root / "azure" / "demo-shop",
        f"azure-export {LAB}": root / "azure" / "demo-lab",
        "gcp-export": root / "gcp" / TABLE,
    }
