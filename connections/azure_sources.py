"""Where credentials of Azure can come from on this machine, told without a secret."""

from __future__ import annotations

import os
from typing import Final

VARIABLES: Final = (
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "IDENTITY_ENDPOINT",
    "AZURE_TOKEN_CREDENTIALS",
)


def describe_azure_sources() -> str:
    """The sources, by name: which variables are set, and what is asked after them."""
    found = [name for name in VARIABLES if os.environ.get(name)]
    told = ", ".join(found) or "none of the Azure credential variables is set"
    return f"environment ({told}); managed identity; az login"
