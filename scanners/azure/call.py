"""One request to Azure, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.azure_operations import AzureOperation, azure_operation


@dataclass(frozen=True)
class Call:
    """``Call("arm:Microsoft.Compute/disks")``: one of the declared operations, with its query parameters."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def service(self) -> str:
        """``arm``, ``resourcegraph``, ``metrics`` or ``subscriptions``: whose quota it takes from."""
        return self.name.partition(":")[0]

    @property
    def operation(self) -> str:
        """What stands behind the colon."""
        return self.name.partition(":")[2]

    @property
    def request(self) -> AzureOperation:
        """What is sent."""
        return azure_operation(self.name)
