"""The accounts and regions of the demo."""

from __future__ import annotations

from typing import Final

RETAIL: Final = "111111111111"
DATA: Final = "222222222222"
PLATFORM: Final = "999999999999"
ACCOUNTS: Final = {RETAIL: "retail production", DATA: "data platform"}
IRELAND: Final = "eu-west-1"
VIRGINIA: Final = "us-east-1"
FRANKFURT: Final = "eu-central-1"
REGIONS: Final = (IRELAND, VIRGINIA, FRANKFURT)
DISABLED_REGION: Final = "me-south-1"
STRANGER: Final = "888888888888"
"""An account that shares snapshots with everybody: seen by whoever forgets to ask for one's own."""
