"""The Google Cloud engine over sockets: pages, places, relations, series, findings, and what goes wrong."""

from __future__ import annotations

from decimal import Decimal

from demo_cloud.gcp.expected import EXPECTED_GCP
from demo_cloud.gcp.world import PROJECT
from tests.scanners.gcp.conftest import Cloud, Scan


async def test_planted_is_found(gcp: Cloud, scan: Scan) -> None:
    result = await scan()
    found = {
        (event.subject, event.data.value["rule"]): event.data.value["monthly_saving"]
        for event in result.events
        if event.category in {"waste", "security"} and event.data.value["outcome"] in {"waste", "exposed"}
    }
    told = {key: None if saving is None else Decimal(saving) for key, saving in found.items()}
    assert told == {(row.resource_id, row.rule): row.saving for row in EXPECTED_GCP}
    assert result.gaps() == []
    assert result.outcome.complete == ("address", "disk", "instance", "snapshot")


async def test_discovery_names_the_project_and_the_principal(gcp: Cloud, scan: Scan) -> None:
    found = (await scan("discover")).outcome.discovery
    assert (found.account_id, found.principal) == (PROJECT, "cloud-sentinel@retail-demo-4711.iam.gserviceaccount.com")
    assert "europe-west1" in found.regions
