"""docs/add-a-resource.md: its unit of Azure, put into a package of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
RUN = """
import json, nat_gateway
from datetime import UTC, datetime
from scanners.azure.rows import resource_of
from scanners.core.evaluation import evaluate
from scanners.core.registry import operations_of, scanners
from scanners.core.resource import Place

unit = nat_gateway.NatScanner
row = {"id": "/subscriptions/S/resourceGroups/G/providers/Microsoft.Network/natGateways/N", "name": "N",
       "location": "West Europe", "sku": {"name": "Standard"}, "resourceGroup": "g", "zones": None, "tags": None,
       "properties": {"idleTimeoutInMinutes": 4, "publicIpAddresses": [{"id": "/subscriptions/S/A"}]}}
item = resource_of(unit.resource, Place("azure", "AzureCloud", "s", "global", datetime.now(UTC)), row)
outcome = evaluate(unit.rules[0], item)
print(json.dumps({"known": "of_the_page" in scanners("azure"), "operations": sorted(unit.operations()),
                  "subject": unit().subject(item), "region": item.region, "ips": item.public_ip_ids,
                  "outcome": [outcome.kind, str(outcome.saves)]}))
"""


def test_the_example_is_a_unit(tmp_path: Path) -> None:
    blocks = re.findall(r"```py\n(.*?)```", (ROOT / "docs" / "add-a-resource.md").read_text(), re.DOTALL)
    (code,) = [block for block in blocks if "AzureScanner" in block]
    (tmp_path / "nat_gateway.py").write_text(
        code.replace('"nat_gateway"', '"of_the_page"')
    )  # whoever adds this type has it twice
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    ran = subprocess.run([sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    kind = "Microsoft.Network/natGateways"
    assert told["known"]
    assert told["operations"] == [f"arm:{kind}", f"resourcegraph:{kind}"]
    assert told["subject"] == "/subscriptions/s/resourcegroups/g/providers/microsoft.network/natgateways/n"
    assert (told["region"], told["ips"]) == ("westeurope", ["/subscriptions/s/a"])
    assert told["outcome"] == ["waste", "32.85"]
