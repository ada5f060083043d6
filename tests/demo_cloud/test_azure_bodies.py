"""The fake Azure against Microsoft's own clients and models: its answers have published fields, and no others."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo_cloud import DemoCloud
from demo_cloud.azure.arm import Arm
from demo_cloud.azure.bodies import TYPES, row_of
from demo_cloud.azure.names import LAB, SHOP, WEST_EUROPE
from demo_cloud.azure.scenario import build_azure_world
from demo_cloud.azure.world import Disk, Nic, PublicIp, Snapshot, Vm
from schemas.azure_operations import azure_operation
from schemas.demo import DEMO_CLIENT_ID, DEMO_SECRET, DEMO_TENANT

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
MODELS = {
    Disk: "azure.mgmt.compute.models:Disk",
    Vm: "azure.mgmt.compute.models:VirtualMachine",
    Snapshot: "azure.mgmt.compute.models:Snapshot",
    PublicIp: "azure.mgmt.network.models:PublicIPAddress",
    Nic: "azure.mgmt.network.models:NetworkInterface",
}
OF_THE_LIST = {"resourceGroup", "kind"}


def model(kind: type) -> Any:
    module, _, name = MODELS[kind].partition(":")
    return getattr(importlib.import_module(module), name)


def unknown(told: Any, read: Any, path: str = "") -> Iterator[str]:
    """The fields of a body that its model does not have, and those that it cannot read."""
    if isinstance(told, list):
        for one, other in zip(told, read, strict=True):
            yield from unknown(one, other, path)
    elif isinstance(told, dict) and hasattr(type(read), "_attr_to_rest_field"):
        fields = {field._rest_name: name for name, field in type(read)._attr_to_rest_field.items()}
        for name, value in told.items():
            if name not in fields:
                yield f"{path}.{name}"
            else:
                yield from unknown(value, getattr(read, fields[name]), f"{path}.{name}")
    elif told is not None and read is None:
        yield f"{path} cannot be read"


@pytest.mark.parametrize("kind", list(MODELS), ids=lambda kind: kind.__name__)
def test_the_lists_of_the_providers_have_only_published_fields(kind: Any) -> None:
    world = build_azure_world(NOW)
    body = Arm(world).answer(f"/subscriptions/{SHOP}/providers/{TYPES[kind]}")
    assert len(body["value"]) > 3
    for told in body["value"]:
        assert list(unknown(told, model(kind)(told))) == []


def test_a_field_that_is_not_published_is_found() -> None:
    told = {"id": "x", "properties": {"diskSizeGB": 4, "diskColour": "red"}}
    assert list(unknown(told, model(Disk)(told))) == [".properties.diskColour"]


@pytest.mark.parametrize("kind", list(MODELS), ids=lambda kind: kind.__name__)
def test_the_rows_of_the_graph_have_the_same_properties(kind: Any) -> None:
    world = build_azure_world(NOW)
    held = world.subscriptions[SHOP]
    for thing in (one for one in held.things if isinstance(one, kind)):
        row = row_of(thing, held, NOW)
        properties = {name: value for name, value in row["properties"].items() if name != "extended"}
        whole = {"id": row["id"], "properties": properties}
        assert list(unknown(whole, model(kind)(whole))) == []


@pytest.fixture(scope="module")
def cloud() -> Iterator[DemoCloud]:
    with DemoCloud.start(provider="azure", now=NOW, page_size=10, quota=1000) as running:
        yield running


@pytest.fixture
def credential(cloud: DemoCloud) -> Iterator[Any]:
    from azure.identity import ClientSecretCredential

    own = {"authority": cloud.endpoint, "disable_instance_discovery": True, "connection_verify": cloud.ca}
    with ClientSecretCredential(DEMO_TENANT, DEMO_CLIENT_ID, DEMO_SECRET, **own) as made:
        yield made


def test_the_subscription_client_lists_subscriptions_and_locations(cloud: DemoCloud, credential: Any) -> None:
    from azure.mgmt.resource.subscriptions import SubscriptionClient

    with SubscriptionClient(credential, cloud.endpoint, connection_verify=cloud.ca) as client:
        assert {one.subscription_id for one in client.subscriptions.list()} == {SHOP, LAB}
        assert client.subscriptions.get(SHOP).display_name == "web shop"
        assert {one.name for one in client.subscriptions.list_locations(SHOP)} == {"westeurope", "eastus"}


def test_the_resource_graph_client_turns_pages(cloud: DemoCloud, credential: Any) -> None:
    from azure.mgmt.resourcegraph import ResourceGraphClient
    from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

    query = azure_operation("resourcegraph:Microsoft.Compute/disks").query
    token, names = None, list[str]()
    with ResourceGraphClient(credential, base_url=cloud.endpoint, connection_verify=cloud.ca) as client:
        while True:
            options = QueryRequestOptions(result_format="objectArray", skip_token=token)
            answer = client.resources(QueryRequest(subscriptions=[SHOP], query=query, options=options))
            rows: Any = answer.data
            names += [row["name"] for row in rows]
            token = answer.skip_token
            if not token:
                break
    assert answer.total_records == len(names) == len(set(names)) > 30


def test_the_metrics_client_reads_the_batch(cloud: DemoCloud, credential: Any) -> None:
    from azure.monitor.querymetrics import MetricsClient

    vm = f"/subscriptions/{SHOP}/resourceGroups/web/providers/Microsoft.Compute/virtualMachines/report-old"
    with MetricsClient(cloud.endpoint, credential, connection_verify=cloud.ca) as client:
        (result,) = client.query_resources(
            resource_ids=[vm],
            metric_namespace="Microsoft.Compute/virtualMachines",
            metric_names=["Percentage CPU", "Network In Total"],
            timespan=(NOW - timedelta(hours=3), NOW),
            granularity=timedelta(hours=1),
            aggregations=["average", "maximum", "total"],
        )
    assert result.resource_region == WEST_EUROPE
    cpu, received = result.metrics
    assert (cpu.name, cpu.unit, received.unit) == ("Percentage CPU", "Percent", "Bytes")
    assert [point.average for point in cpu.timeseries[0].data] == [1.1, 1.1, 1.1]
    assert received.timeseries[0].data[0].total == 25_000


def test_what_is_not_known_is_refused_loudly(cloud: DemoCloud, credential: Any) -> None:
    from azure.core.exceptions import HttpResponseError
    from azure.mgmt.compute import ComputeManagementClient
    from azure.mgmt.resource.subscriptions import SubscriptionClient

    with ComputeManagementClient(credential, SHOP, cloud.endpoint, connection_verify=cloud.ca) as client:
        assert len(list(client.disks.list())) > 30
        assert list(client.images.list()) == []
        with pytest.raises(HttpResponseError, match="changes nothing"):
            client.disks.begin_delete("web", "cart-db-old")
    assert cloud.calls()["writes_refused"] == 1
    with (
        SubscriptionClient(credential, cloud.endpoint, connection_verify=cloud.ca) as subscriptions,
        pytest.raises(HttpResponseError, match="InvalidResourceType"),
    ):
        list(subscriptions.tenants.list())
