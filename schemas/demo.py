"""What the demo cloud and a connection to it agree on. None of it opens anything outside the demo."""

from __future__ import annotations

from typing import Final

DEMO_ACCESS_KEY: Final = "AKIADEMOSCANNER00000"
"""The principal that assumes the demo roles: made up, known to the demo cloud only."""
DEMO_SECRET: Final = "demo"  # noqa: S105 - not a secret: it is printed in the docs
DEMO_ROLE_NAME: Final = "cloud-sentinel-read"
DEMO_EXTERNAL_ID: Final = "cloud-sentinel-demo"


def demo_role_arn(account_id: str) -> str:
    """The role that is assumed in a demo account."""
    return f"arn:aws:iam::{account_id}:role/{DEMO_ROLE_NAME}"
