"""Lambda's ListProvisionedConcurrencyConfigs, from the scenario: the emulator does not know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo_cloud.planted.functions import Function
from demo_cloud.world import Place


def answer_provisioned(place: Place, params: Mapping[str, Any]) -> dict[str, Any]:
    """What is provisioned of the function's first version."""
    known = [one for one in place.of(Function) if one.id == params["FunctionName"] and one.provisioned]
    return {
        "ProvisionedConcurrencyConfigs": [
            {
                "FunctionArn": f"arn:aws:lambda:{place.region}:{place.account}:function:{one.id}:1",
                "RequestedProvisionedConcurrentExecutions": one.provisioned,
                "AvailableProvisionedConcurrentExecutions": one.provisioned,
                "AllocatedProvisionedConcurrentExecutions": one.provisioned,
                "Status": "READY",
                "LastModified": "2026-01-01T00:00:00+0000",
            }
            for one in known
        ]
    }
