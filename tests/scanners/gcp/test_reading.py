"""How an asset is read, how many resources one call for series names, and what the local cloud refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scanners.core.measuring import Query
from scanners.core.paths import path_finder
from scanners.core.registry import scanners
from scanners.core.resource import Place
from scanners.core.series import Window
from scanners.gcp.asset import answer_of, full_name
from scanners.gcp.instance import Instance, InstanceScanner
from scanners.gcp.metrics import batches
from tests.scanners.gcp.conftest import Cloud

ASOF = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "https://www.googleapis.com/compute/v1/projects/p/zones/z/disks/d",
            "//compute.googleapis.com/projects/p/zones/z/disks/d",
        ),
        (
            "https://compute.googleapis.com/compute/v1/projects/p/global/networks/n",
            "//compute.googleapis.com/projects/p/global/networks/n",
        ),
        (
            "https://www.googleapis.com/compute/beta/projects/p/zones/z/instances/i",
            "//compute.googleapis.com/projects/p/zones/z/instances/i",
        ),
        ("https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/cloud-platform"),
        (
            "see https://www.googleapis.com/compute/v1/projects/p",
            "see https://www.googleapis.com/compute/v1/projects/p",
        ),
        ("", ""),
    ],
)
def test_an_address_becomes_a_full_resource_name(text: str, name: str) -> None:
    assert full_name(text) == name


def test_metadata_keeps_its_keys_and_who_made_the_instance() -> None:
    items = [
        {"key": "startup-script", "value": "export PASSWORD=x"},
        {"key": "ssh-keys", "value": "me:ssh-rsa AAAA"},
        {"key": "created-by", "value": "projects/1/zones/z/instanceGroupManagers/web"},
    ]
    answer = answer_of({"resource": {"data": {"metadata": {"items": items, "fingerprint": "x"}}}})
    assert answer["metadata"] == {
        "items": [
            {"key": "startup-script"},
            {"key": "ssh-keys"},
            {"key": "created-by", "value": "projects/1/zones/z/instanceGroupManagers/web"},
        ]
    }


def test_numbers_of_the_inventory_are_whole_where_they_are() -> None:
    answer = answer_of({"name": "//n", "resource": {"location": "eu", "data": {"a": 5.0, "b": 1.5, "c": [2.0, None]}}})
    assert answer == {"a": 5, "b": 1.5, "c": [2, None], "assetName": "//n", "location": "eu"}
    assert isinstance(answer["a"], int)


def test_an_asset_without_a_resource_has_its_name_only() -> None:
    assert answer_of({"name": "//n"}) == {"assetName": "//n", "location": ""}


@pytest.mark.parametrize(
    ("path", "value"), [("last_part(a)", "z"), ("last_part(b)", None), ("c[].last_part(@)", ["y"])]
)
def test_the_last_part_of_a_name(path: str, value: Any) -> None:
    assert path_finder(path)({"a": "x/y/z", "c": ["x/y"]}) == value


def test_one_call_names_as_many_resources_as_a_filter_holds() -> None:
    place = Place("gcp", "gcp", "p", "europe-west1", ASOF)
    window = Window(ASOF - timedelta(days=14), ASOF)
    scanners("gcp")
    cpu = InstanceScanner.declared().metrics[0]
    items = [Instance(place, id=f"//{n}", number=str(4 * 10**18 + n)) for n in range(161)]
    asked = [Query(item, cpu, statistic, window) for item in items for statistic in cpu.queries]
    cut = list(batches(asked))
    assert [len(batch) for batch in cut] == [80, 80, 1, 80, 80, 1]
    assert all(len({query.statistic for query in batch}) == 1 for batch in cut)


async def test_the_local_cloud_knows_only_what_a_scan_asks(gcp: Cloud) -> None:
    import grpc
    import grpc.aio

    async with grpc.aio.insecure_channel(f"127.0.0.1:{gcp.apis.port}") as channel:
        codes = [
            await _code(channel, "google.cloud.asset.v1.AssetService/ExportAssets", token=True),
            await _code(channel, "google.cloud.asset.v1.AssetService/ListAssets", token=False),
            await _code(channel, "google.cloud.asset.v1.AssetService/ListAssets", token=True),
            await _code(channel, "google.monitoring.v3.MetricService/ListTimeSeries", token=True),
        ]
    assert codes == ["UNIMPLEMENTED", "UNAUTHENTICATED", "PERMISSION_DENIED", "INVALID_ARGUMENT"]


async def _code(channel: Any, method: str, *, token: bool) -> str:
    import grpc.aio

    metadata = (("authorization", "Bearer demo-token"),) if token else ()
    try:
        await channel.unary_unary(f"/{method}")(b"", metadata=metadata, timeout=5)
    except grpc.aio.AioRpcError as error:
        return str(error.code().name)
    return "OK"
