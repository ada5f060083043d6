"""What the demo cloud and a connection to it agree on. None of it opens anything outside the demo."""

from __future__ import annotations

from typing import Final

DEMO_ACCESS_KEY: Final = "AKIADEMOSCANNER00000"
"""The principal that assumes the demo roles: made up, known to the demo cloud only."""
DEMO_SECRET: Final = "demo"  # noqa: S105 - not a secret: it is printed in the docs
DEMO_ACCESS_PRINCIPAL: Final = "arn:aws:iam::999999999999:user/cloud-sentinel"
"""Whose key that is."""
DEMO_ROLE_NAME: Final = "cloud-sentinel-read"
DEMO_EXTERNAL_ID: Final = "cloud-sentinel-demo"
DEMO_AMBIENT_KEYS: Final = {
    "111111111111": ("AKIADEMORETAIL000000", "demo-retail"),
    "222222222222": ("AKIADEMODATA00000000", "demo-data"),
}
"""An access key of a user in each demo account, for scans with ambient credentials: account -> (key, secret)."""


def demo_role_arn(account_id: str) -> str:
    """The role that is assumed in a demo account."""
    return f"arn:aws:iam::{account_id}:role/{DEMO_ROLE_NAME}"


DEMO_HEADER: Final = "x-demo-cloud"
"""Stands on every answer of the demo cloud, so that facts about it are marked however it was reached."""

DEMO_GCP_PROJECT: Final = "retail-demo-4711"
"""The project of the demo's Google Cloud."""
DEMO_GCP_PRINCIPAL: Final = "cloud-sentinel@retail-demo-4711.iam.gserviceaccount.com"
DEMO_GCP_TOKEN: Final = "demo-token"  # noqa: S105 - not a secret: it opens nothing but the demo
DEMO_TENANT: Final = "0de00000-0000-4000-8000-000000000001"
"""The Entra tenant of the demo, and the service principal that scans it."""
DEMO_CLIENT_ID: Final = "0de00000-0000-4000-8000-000000000002"
