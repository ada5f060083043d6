"""The Google Cloud engine over sockets: pages, places, relations, series, findings, and what goes wrong."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from demo_cloud.gcp.expected import EXPECTED_GCP
from demo_cloud.gcp.world import PROJECT
from schemas.errors import NoAccess, Retriable
from schemas.scan import Connection
from tests.scanners.gcp.conftest import PRINCIPAL, Cloud, Scan
from tests.scanners.running import Result

NAME = f"//compute.googleapis.com/projects/{PROJECT}"


def found(result: Result) -> dict[tuple[str, str], Decimal | None]:
    judged = [e for e in result.events if e.category in {"waste", "security"}]
    values: list[tuple[str, Any]] = [(e.subject, e.data.value) for e in judged]
    told = {(s, v["rule"]): v["monthly_saving"] for s, v in values if v["outcome"] in {"waste", "exposed"}}
    return {key: None if saving is None else Decimal(saving) for key, saving in told.items()}


async def test_planted_is_found(scan: Scan) -> None:
    result = await scan()
    assert found(result) == {(row.resource_id, row.rule): row.saving for row in EXPECTED_GCP}
    assert result.gaps() == []
    assert result.outcome.complete == ("address", "disk", "instance", "snapshot")
    assert {coverage.reason for coverage in result.outcome.coverage} == {""}


async def test_each_near_miss_says_why_it_is_none(scan: Scan) -> None:
    result = await scan(categories=("waste",))
    judged = [(e.subject.rpartition("/")[2], e.data.value) for e in result.events if e.category == "waste"]
    told = {(name, value["rule"]): value["reason"] for name, value in judged}
    assert told["near-detached", "disk.unattached"] == "created or detached less than 7 days ago"
    assert told["near-new", "disk.unattached"] == "created or detached less than 7 days ago"
    assert told["near-claimed", "disk.unattached"] == "held by a Kubernetes volume claim"
    assert told["near-cluster", "disk.unattached"] == "held by a Kubernetes volume claim"
    assert told["near-ignored", "disk.unattached"] == "tag cloud-sentinel-ignore = true"
    assert told["near-undated", "vm.stopped"] == "not enough data: stopped_at"
    assert told["near-member", "vm.idle"] == "member of the instance group checkout"
    assert told["near-restarted", "vm.idle"] == "started less than 14 days ago"
    assert told["near-silent", "vm.idle"] == "not enough data: cpu, network_in, network_out"
    assert told["near-canary", "disk.idle"] == "boot disk of an instance started less than 14 days ago"
    assert told["near-scheduled", "snapshot.old"] == "made by the schedule nightly"
    assert told["near-internal", "ip.unassociated"] == "internal addresses are not charged"
    assert told["near-new", "ip.unassociated"] == "reserved less than 1 days ago"


async def test_discovery_names_the_project_and_the_principal(scan: Scan) -> None:
    told = (await scan("discover")).outcome.discovery
    assert (told.account_id, told.principal) == (PROJECT, "cloud-sentinel@retail-demo-4711.iam.gserviceaccount.com")
    assert "europe-west1" in told.regions


async def test_a_project_number_becomes_its_id(scan: Scan) -> None:
    told = (await scan("discover", connection=Connection(mode="demo", account="471100000042"))).outcome.discovery
    assert told.account_id == PROJECT


async def test_facts_come_in_plain_words(scan: Scan) -> None:
    result = await scan(services=("disk",), categories=("metadata", "cost"))
    told = {
        event.type: event for event in result.events if event.subject == f"{NAME}/zones/us-central1-a/disks/log-archive"
    }
    assert told["gcp.metadata.disk.size_gib"].data.value == 500
    assert told["gcp.metadata.disk.disk_type"].data.value == "pd-standard"
    assert told["gcp.metadata.disk.created_at"].data.value == "2026-07-24T04:00:00Z"
    assert told["gcp.metadata.disk.zone"].data.value == "us-central1-a"
    assert told["gcp.cost.disk.monthly_cost"].data.value == "20.00"
    event = told["gcp.metadata.disk.name"]
    assert (event.provider, event.accountid, event.region) == ("gcp", PROJECT, "us-central1")
    assert (event.resourcetype, event.demo) == ("compute.googleapis.com/Disk", True)


async def test_series_are_in_percent_and_by_the_hour(scan: Scan) -> None:
    result = await scan(services=("instance",), categories=("performance",))
    cpu = [e for e in result.of("gcp.performance.instance.cpu") if e.subject.endswith("/etl-2019")]
    told = {event.data.statistic: (event.data.value, event.data.samples) for event in cpu}
    assert told == {"average": (1.1, 336), "max": (1.54, 336), "p95": (1.54, 336)}
    assert cpu[0].data.unit == "Percent"
    assert cpu[0].data.window == {"start": "2026-11-07T04:00:00Z", "end": "2026-11-21T04:00:00Z"}


async def test_every_page_is_read(gcp: Cloud, scan: Scan) -> None:
    result = await scan(services=("snapshot",), categories=("metadata",))
    assert len(result.of("gcp.metadata.snapshot.id")) == 11
    assert result.outcome.calls == {"cloudasset:ListAssets": 4}


async def test_no_script_and_no_key_of_an_instance_comes_out(scan: Scan) -> None:
    assert not re.search("planted-secret|startup-script", repr((await scan()).events))


async def test_two_attempts_say_the_same(scan: Scan) -> None:
    first, second = [(await scan()).events for _ in range(2)]
    told = [
        {e.id: None if e.type.endswith(".measured") else repr(e.data) for e in events} for events in (first, second)
    ]
    assert told[0] == told[1]
    assert len({event.id for event in first}) == len(first)


async def test_a_region_chooses_among_the_resources(scan: Scan) -> None:
    result = await scan(regions=("us-central1",), categories=("metadata",))
    assert {event.region for event in result.events if event.category == "metadata"} == {"us-central1"}
    assert len(result.of("gcp.metadata.address.id")) == 1


async def test_only_the_resources_that_were_asked_for(scan: Scan) -> None:
    wanted = f"{NAME}/zones/europe-west1-b/disks/cart-db-old"
    result = await scan(resource_ids=(wanted,), categories=("metadata", "waste"))
    assert {event.subject for event in result.events if event.category != "scan"} == {wanted}
    assert result.outcome.complete == ()


async def test_a_denied_listing_is_a_gap_with_the_permission_that_opens_it(gcp: Cloud, scan: Scan) -> None:
    gcp.control.denied = ("cloudasset.assets.listResource",)
    result = await scan(services=("address",))
    told = result.value("gcp.scan.address.denied")
    assert (told["action"], told["principal"]) == ("cloudasset.assets.listResource", PRINCIPAL)
    assert told["statement"] == {"includedPermissions": ["cloudasset.assets.listResource"]}
    assert told["reason"].startswith("IAM_PERMISSION_DENIED: Permission 'cloudasset.assets.listResource' denied")
    assert result.gaps() == [("address", "denied", "listing")]
    assert result.outcome.complete == ()


async def test_a_denied_discovery_goes_on_with_the_name_that_was_given(gcp: Cloud, scan: Scan) -> None:
    gcp.control.denied = ("cloudasset.assets.listResource",)
    assert (await scan("discover")).outcome.discovery.account_id == PROJECT


async def test_denied_series_cost_only_the_series(gcp: Cloud, scan: Scan) -> None:
    gcp.control.denied = ("monitoring.timeSeries.list",)
    result = await scan(services=("disk", "instance"))
    assert set(result.gaps()) == {("disk", "denied", "metrics"), ("instance", "denied", "metrics")}
    assert result.outcome.complete == ("disk", "instance")
    idle = [e.data.value for e in result.events if e.type == "gcp.waste.instance.idle" and "etl-2019" in e.subject]
    assert [value["outcome"] for value in idle] == ["insufficient_data"]


@pytest.mark.parametrize(
    ("code", "reason", "status"),
    [
        ("PERMISSION_DENIED", "SERVICE_DISABLED", "unsupported"),
        ("PERMISSION_DENIED", "BILLING_DISABLED", "unsupported"),
        ("UNIMPLEMENTED", "", "unsupported"),
        ("INVALID_ARGUMENT", "", "failed"),
        ("PERMISSION_DENIED", "", "denied"),
    ],
)
async def test_a_refusal_becomes_a_gap(gcp: Cloud, scan: Scan, code: str, reason: str, status: str) -> None:
    gcp.fault("ListAssets", code, reason=reason, times=-1)
    result = await scan(services=("address",))
    assert result.gaps() == [("address", status, "listing")]
    told = result.value(f"gcp.scan.address.{status}")
    assert told["reason"] == f"{reason or code}: ordered by a test"


async def test_a_perimeter_of_the_organization_has_no_statement(gcp: Cloud, scan: Scan) -> None:
    gcp.fault("ListAssets", "PERMISSION_DENIED", reason="SECURITY_POLICY_VIOLATED", times=-1)
    told = (await scan(services=("address",))).value("gcp.scan.address.denied")
    assert (told["by_organization"], told["statement"]) == (True, None)


@pytest.mark.parametrize("code", ["UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "ABORTED"])
async def test_what_passes_is_asked_again(gcp: Cloud, scan: Scan, code: str) -> None:
    gcp.fault("ListAssets", code, times=2)
    result = await scan(services=("address",), categories=("metadata",))
    assert (result.gaps(), result.outcome.calls) == ([], {"cloudasset:ListAssets": 5})
    assert result.outcome.throttles == 0


async def test_a_quota_is_waited_for_and_counted(gcp: Cloud, scan: Scan) -> None:
    gcp.fault("ListAssets", "RESOURCE_EXHAUSTED", reason="RATE_LIMIT_EXCEEDED", times=2, retry_seconds=0.01)
    result = await scan(services=("address",), categories=("metadata",))
    assert (result.gaps(), result.outcome.throttles) == ([], 2)


async def test_a_page_that_fails_in_the_middle_keeps_what_was_read(gcp: Cloud, scan: Scan) -> None:
    gcp.fault("ListAssets", "FAILED_PRECONDITION", token="3", times=-1)
    result = await scan(services=("address",), categories=("metadata",))
    told = result.value("gcp.scan.address.failed")
    assert (told["resources"], len(result.of("gcp.metadata.address.id"))) == (3, 3)
    assert result.outcome.complete == ()


async def test_an_incomplete_listing_of_instances_leaves_disks_unjudged(gcp: Cloud, scan: Scan) -> None:
    gcp.fault("ListAssets", "FAILED_PRECONDITION", token="9")
    result = await scan(services=("instance", "disk"), categories=("waste",))
    assert result.outcome.complete == ("disk",)
    assert ("disk", "failed", "enrich") in result.gaps()
    rules = {count.rule: count for count in result.outcome.rules if count.service == "disk"}
    assert (rules["disk.on_stopped_vm"].wasted, rules["disk.idle"].wasted) == (0, 0)
    assert rules["disk.on_stopped_vm"].insufficient_data > 0
    assert rules["disk.unattached"].wasted == 4


async def test_credentials_that_are_refused_end_the_task(gcp: Cloud, scan: Scan) -> None:
    gcp.fault("ListAssets", "UNAUTHENTICATED", reason="ACCESS_TOKEN_EXPIRED", times=-1)
    with pytest.raises(NoAccess, match="ordered by a test"):
        await scan(services=("address",))


async def test_what_fails_at_the_first_call_for_good_ends_the_task(gcp: Cloud, scan: Scan) -> None:
    gcp.fault("ListAssets", "UNAVAILABLE", times=-1)
    with pytest.raises(Retriable):
        await scan(services=("address",))


async def test_a_dead_endpoint_is_unreachable_and_told_once(gcp: Cloud, scan: Scan) -> None:
    gcp.apis.stop()
    result: Any = await scan(services=("address", "disk"))
    assert result.gaps() == [("address", "failed", "region"), ("disk", "failed", "region")]
    assert result.outcome.calls == {"cloudasset:ListAssets": 1}
