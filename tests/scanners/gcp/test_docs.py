"""docs/add-a-resource.md: its unit of Google Cloud, taken out and read an image with."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "add-a-resource.md"
RUN = """
import json
from datetime import UTC, datetime
from scanners.core.registry import operations_of, scanners
from scanners.core.resource import Place
from scanners.gcp.asset import answer_of

known = scanners("gcp")
unit = CloudScanner.known["gcp"]["of_the_page"]
asset = {
    "name": "//compute.googleapis.com/projects/p/global/images/base",
    "resource": {"location": "global", "data": {
        "name": "base", "creationTimestamp": "2026-01-05T03:04:05.678-07:00", "status": "READY", "diskSizeGb": "20",
        "sourceDisk": "https://www.googleapis.com/compute/v1/projects/p/zones/z/disks/d",
        "sourceImage": "https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12",
    }},
}
item = unit.resource(Place("gcp", "gcp", "p", "global", datetime.now(UTC)), answer_of(asset))
told = {fact.name: str(getattr(item, fact.name)) for fact in unit.declared().facts if item.has(fact.name)}
print(json.dumps({"facts": told, "operations": sorted(unit.operations())}))
"""


def test_the_example_reads_an_image() -> None:
    examples = re.findall(r"```py\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (example,) = [one for one in examples if "GcpScanner" in one]
    code = "from scanners.core.scanner import CloudScanner\n" + example.replace('"image"', '"of_the_page"') + RUN
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["operations"] == ["cloudasset:ListAssets"]
    assert told["facts"] == {
        "id": "//compute.googleapis.com/projects/p/global/images/base",
        "name": "base",
        "created_at": "2026-01-05 10:04:05.678000+00:00",
        "state": "READY",
        "disk_size_gib": "20",
        "disk": "//compute.googleapis.com/projects/p/zones/z/disks/d",
        "source": "debian-12",
    }
