"""The subscriptions and regions of the Azure demo."""

from __future__ import annotations

from typing import Final

SHOP: Final = "0de0a5e0-0000-4000-8000-00000000000a"
LAB: Final = "0de0a5e0-0000-4000-8000-00000000000b"
SUBSCRIPTIONS: Final = {SHOP: "web shop", LAB: "laboratory"}
WEST_EUROPE: Final = "westeurope"
EAST_US: Final = "eastus"
REGIONS: Final = {WEST_EUROPE: "West Europe", EAST_US: "East US"}
GROUP: Final = "0de0-holding"
GROUPS: Final = {"0de0-sales": ("Sales", GROUP), "0de0-web": ("Web", "0de0-sales")}
"""The management groups below ``GROUP``: display name, and the one that each is in."""
PLACES: Final = {SHOP: "0de0-web", LAB: GROUP}
"""The group that each subscription is in."""
TAGS: Final = {SHOP: {"team": "shop"}}
