"""Azure tasks against the fake over TLS: pages, quota, denials, metrics, relations; nothing unseen is silent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from demo_cloud.azure.names import EAST_US, LAB, SHOP, WEST_EUROPE
from demo_cloud.azure.world import Disk, Vm
from scanners.core.registry import scanners
from scanners.core.run import Limits
from schemas.errors import InvalidInputError, NoAccess, Throttled, Unreachable
from schemas.scan import Connection
from tests.scanners.azure.conftest import FAMILIES, Cloud, Scan

pytestmark = pytest.mark.usefixtures("azure")
DISK = f"/subscriptions/{SHOP}/resourcegroups/web/providers/microsoft.compute/disks"


async def test_discovery_tells_who_and_which_subscription_and_regions(scan: Scan) -> None:
    found = (await scan("discover")).outcome.discovery
    assert (found.account_id, found.partition) == (SHOP, "AzureCloud")
    assert found.principal.startswith("application 0de00000-")
    assert found.regions == (EAST_US, "global", WEST_EUROPE)


async def test_a_region_that_is_not_offered_is_told(scan: Scan) -> None:
    outcome = (await scan("discover", regions=("norwayeast",))).outcome
    assert {(one.service, one.region, one.status) for one in outcome.coverage} == {
        (service, "norwayeast", "unsupported") for service in scanners("azure")
    }


async def test_without_a_subscription_the_only_one_is_taken_and_several_are_told(scan: Scan, azure: Cloud) -> None:
    connection = Connection(mode="demo")
    with pytest.raises(InvalidInputError, match=f"{SHOP}, {LAB}"):
        await scan("discover", connection=connection)
    azure.world.denied[LAB] = ("Microsoft.Resources/subscriptions/read",)
    assert (await scan("discover", connection=connection)).outcome.discovery.account_id == SHOP
    azure.world.denied[SHOP] = ("Microsoft.Resources/subscriptions/read",)
    with pytest.raises(NoAccess, match="no subscription"):
        await scan("discover", connection=connection)


async def test_a_subscription_that_may_not_be_seen_is_no_access(scan: Scan, azure: Cloud) -> None:
    azure.world.denied[SHOP] = ("*",)
    with pytest.raises(NoAccess, match=r"Microsoft\.Resources/subscriptions/read"):
        await scan("discover")
    with pytest.raises(NoAccess, match="could not be found"):
        await scan("discover", account="11111111-2222-3333-4444-555555555555")


async def test_every_row_of_every_page_is_one_resource(scan: Scan, azure: Cloud) -> None:
    result = await scan()
    disks = [one for one in azure.world.subscriptions[SHOP].things if isinstance(one, Disk)]
    assert result.outcome.resources["disk"] == len(disks) > 3 * 9
    named = {f"{DISK}/{one.name}" for one in disks}
    assert {event.subject for event in result.of("azure.metadata.disk.state")} == named
    assert set(result.outcome.complete) == {"disk", "snapshot", "vm"}
    assert result.gaps() == []


async def test_a_resource_stands_in_its_own_region_and_in_lower_case(scan: Scan) -> None:
    result = await scan()
    told = {event.subject.rpartition("/")[2]: event for event in result.of("azure.metadata.disk.size_gib")}
    assert told["archive-2019"].region == EAST_US
    assert told["cart-db-old"].region == WEST_EUROPE
    assert told["cart-db-old"].resourcetype == "Microsoft.Compute/disks"
    assert told["cart-db-old"].accountid == SHOP
    owners = {e.subject.rpartition("/")[2]: e.data.value for e in result.of("azure.metadata.disk.vm_id")}
    assert owners["legacy-pos-os"] == f"{DISK.removesuffix('/disks')}/virtualmachines/legacy-pos"


async def test_regions_and_resource_ids_select(scan: Scan) -> None:
    result = await scan(regions=(EAST_US,))
    assert {event.region for event in result.events if event.category != "scan"} == {EAST_US}
    only = await scan(resource_ids=(f"{DISK}/cart-db-old",))
    assert {event.subject for event in only.events if event.category != "scan"} == {f"{DISK}/cart-db-old"}
    assert only.outcome.complete == ()


async def test_a_type_that_may_not_be_read_is_denied_and_never_clean(scan: Scan) -> None:
    result = await scan(family="network", account=LAB)
    (told,) = [one for one in result.outcome.coverage if one.service == "public_ip"]
    assert (told.status, told.action) == ("denied", "Microsoft.Network/publicIPAddresses/read")
    assert told.statement == {"actions": ["Microsoft.Network/publicIPAddresses/read"]}
    assert told.operation == "arm:Microsoft.Network/publicIPAddresses"
    assert "public_ip" not in result.outcome.complete
    assert ("nic", "denied", "enrich") in result.gaps()


async def test_a_provider_that_is_not_registered_is_unsupported(scan: Scan, azure: Cloud) -> None:
    azure.world.subscriptions[SHOP].unregistered = ("Microsoft.Network",)
    result = await scan(family="network")
    told = {(one.service, one.status) for one in result.outcome.coverage if one.scope == "listing"}
    assert told == {(service, "unsupported") for service in FAMILIES["network"]}
    assert all("MissingSubscriptionRegistration" in one.reason for one in result.outcome.coverage)


async def test_a_page_that_fails_in_the_middle_leaves_the_listing_incomplete(scan: Scan, azure: Cloud) -> None:
    azure.fault(match={"operation": "Microsoft.Compute/disks"}, page=3, status=400, code="BadRequest", message="broken")
    result = await scan()
    (told,) = [one for one in result.outcome.coverage if one.service == "disk" and one.scope == "listing"]
    assert (told.status, told.resources) == ("failed", 18)
    assert "disk" not in result.outcome.complete
    missing = {one["missing"][0] for one in result.values("azure.waste.snapshot.orphan") if one["missing"]}
    assert missing == {"disks"}


async def test_a_used_up_quota_makes_the_next_query_wait_and_not_fail(scan: Scan, azure: Cloud) -> None:
    quota = azure.layer._quota
    quota.queries, quota.seconds = 2, 1
    result = await scan(family="network")
    assert result.outcome.throttles == 0
    assert {one.status for one in result.outcome.coverage} == {"reached"}


async def test_throttling_is_waited_for_and_counted(scan: Scan, azure: Cloud) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await asyncio.sleep(0)

    azure.fault(match={"operation": "Microsoft.Compute/snapshots"}, times=2, status=429, code="RateLimiting")
    result = await scan(limits=Limits(requests_per_second=1000, sleep=sleep))
    assert (result.outcome.throttles, len(waited)) == (2, 2)
    assert result.gaps() == []


async def test_a_task_that_is_throttled_from_its_first_call_on_is_to_be_tried_again(scan: Scan, azure: Cloud) -> None:
    azure.fault(match={"service": "arm"}, status=429, code="SubscriptionRequestsThrottled")
    with pytest.raises(Throttled):
        await scan()


async def test_a_dropped_connection_is_asked_again(scan: Scan, azure: Cloud) -> None:
    azure.fault(kind="drop", match={"service": "resourcegraph"}, times=1)
    assert (await scan(family="network")).gaps() == []


async def test_a_call_that_hangs_is_given_up(scan: Scan, azure: Cloud) -> None:
    azure.fault(kind="delay", seconds=1.0, match={"operation": "Microsoft.Network/networkInterfaces"})
    result = await scan(family="network", limits=Limits(requests_per_second=1000, call_seconds=0.5))
    (told,) = [one for one in result.outcome.coverage if one.service == "nic" and one.scope == "region"]
    assert (told.status, told.reason) == ("failed", "no answer within 0.5 s, signing in included")
    await asyncio.sleep(1.5)  # the late answer ends, and with it the connection that was given up


async def test_an_address_that_nobody_answers_is_unreachable(scan: Scan, azure: Cloud) -> None:
    azure.endpoint = "https://127.0.0.1:9"
    with pytest.raises(Unreachable):
        await scan("discover")


async def test_series_come_in_few_calls_of_each_region(scan: Scan, azure: Cloud) -> None:
    azure.layer._page_size = 100
    result = await scan()
    vms = [one for one in azure.world.subscriptions[SHOP].things if isinstance(one, Vm) and one.state == "running"]
    highest = [event for event in result.of("azure.performance.vm.cpu") if event.data.statistic == "max"]
    cpu = {event.subject.rpartition("/")[2]: event.data for event in highest}
    assert set(cpu) == {vm.name for vm in vms}
    assert (cpu["report-old"].value, cpu["report-old"].unit, cpu["report-old"].samples) == (1.54, "Percent", 336)
    assert cpu["nightly"].value == 70.0
    # disks and machines, each in two regions
    assert result.outcome.calls["metrics:GetBatch"] == 4


async def test_a_refused_metrics_call_costs_the_series_only(scan: Scan, azure: Cloud) -> None:
    azure.world.denied[SHOP] = ("Microsoft.Insights/metrics/read",)
    result = await scan()
    assert set(result.gaps()) == {("disk", "denied", "metrics"), ("vm", "denied", "metrics")}
    assert result.outcome.resources["vm"] > 0
    told = {e.data.value["outcome"] for e in result.of("azure.waste.vm.idle")}
    assert told == {"insufficient_data", "excluded"}


async def test_too_few_hours_are_no_reason_to_judge(scan: Scan) -> None:
    result = await scan()
    (often,) = [e for e in result.of("azure.waste.vm.idle") if e.subject.endswith("/often-silent")]
    assert often.data.value["outcome"] == "insufficient_data"
    assert often.data.value["missing"] == ["cpu", "network_in", "network_out"]


async def test_nothing_but_reads_is_sent(scan: Scan, azure: Cloud) -> None:
    for family in ("compute", "network"):
        await scan(family=family)
    assert azure.layer.ledger.report()["writes_refused"] == 0
    kinds: set[Any] = {call.partition(" ")[0] for call in azure.operations()}
    assert kinds == {"arm", "resourcegraph", "metrics"}
