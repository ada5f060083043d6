"""The accounts and regions of the demo."""

from __future__ import annotations

from typing import Final

RETAIL: Final = "111111111111"
DATA: Final = "222222222222"
PLATFORM: Final = "999999999999"
ACCOUNTS: Final = {RETAIL: "retail production", DATA: "data platform"}
HOLDING: Final = "333333333333"
SANDBOX: Final = "444444444444"
CLOSED: Final = "555555555555"
MEMBERS: Final = {HOLDING: "holding", SANDBOX: "sandbox", CLOSED: "old shop", **ACCOUNTS}
"""The organization: ``HOLDING`` manages it, ``CLOSED`` is suspended. All but the two of ``ACCOUNTS`` are empty."""
IRELAND: Final = "eu-west-1"
VIRGINIA: Final = "us-east-1"
FRANKFURT: Final = "eu-central-1"
REGIONS: Final = (IRELAND, VIRGINIA, FRANKFURT)
DISABLED_REGION: Final = "me-south-1"
STRANGER: Final = "888888888888"
"""An account that shares snapshots with everybody: seen by whoever forgets to ask for one's own."""
