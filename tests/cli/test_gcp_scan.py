"""``sentinel scan gcp`` as a person runs it; and what a scan of AWS does not load."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.ports import free_port
from demo_cloud import DemoCloud
from demo_cloud.gcp.process import GcpCloud
from tests.cli.conftest import credentials
from tests.cli.terminal import sentinel

OTHER_SDKS = re.compile(r"\| +(google|grpc|proto|azure|msal|aiohttp)\b")


@pytest.fixture(scope="module")
def gcp() -> Iterator[GcpCloud]:
    with GcpCloud.start(page_size=20) as running:
        yield running


def test_a_scan_prints_its_findings_and_writes_its_events(gcp: GcpCloud, home: Path) -> None:
    ran = sentinel("scan", "gcp", "--output", "facts.ndjson", home=home, variables=gcp.variables(home))
    assert (ran.code, ran.out) == (0, "")
    assert "account  retail-demo-4711 as scanner@retail-demo-4711.iam.gserviceaccount.com" in ran.err
    assert "51.00 USD  medium  disk.idle" in ran.err
    assert "coverage 4/4 services" in ran.err
    events = [json.loads(line) for line in (home / "facts.ndjson").read_text().splitlines()]
    assert {event["source"] for event in events} == {"/cloud-sentinel/gcp/retail-demo-4711"}
    assert all(event["demo"] for event in events)


def test_a_denial_names_the_permission(gcp: GcpCloud, home: Path) -> None:
    gcp.allow(["cloudasset.assets.listResource"])
    ran = sentinel("scan", "gcp", "--output", "facts.ndjson", home=home, variables=gcp.variables(home))
    gcp.allow(["cloudasset.assets.listResource", "monitoring.timeSeries.list"])
    assert ran.code == 4
    assert "denied: monitoring.timeSeries.list (disk, instance)" in ran.err
    assert '{"includedPermissions":["monitoring.timeSeries.list"]}' in ran.err


def test_what_is_denied_everywhere_is_told_with_one_statement_for_all(gcp: GcpCloud, home: Path) -> None:
    gcp.order(
        {"method": "ListAssets", "code": "PERMISSION_DENIED", "times": -1, "token": "20"},
        {"method": "ListTimeSeries", "code": "PERMISSION_DENIED", "times": -1},
    )
    ran = sentinel("scan", "gcp", "--output", "facts.ndjson", home=home, variables=gcp.variables(home))
    gcp.order()
    assert ran.code == 4
    together = '{"includedPermissions":["cloudasset.assets.listResource","monitoring.timeSeries.list"]}'
    assert f"all in one: {together}" in ran.err


def test_without_credentials_it_says_what_was_tried(gcp: GcpCloud, home: Path) -> None:
    variables = {"SENTINEL_GCP_ENDPOINT": gcp.endpoint, "NO_GCE_CHECK": "true"}
    ran = sentinel("scan", "gcp", "--project", "web-production", home=home, variables=variables)
    assert (ran.code, ran.out) == (3, "")
    assert "GOOGLE_APPLICATION_CREDENTIALS (not set)" in ran.err
    assert "Traceback" not in ran.err


def test_an_endpoint_where_nobody_listens_is_one_line(gcp: GcpCloud, home: Path) -> None:
    dead = {**gcp.variables(home), "SENTINEL_GCP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    ran = sentinel("scan", "gcp", home=home, variables=dead)
    assert ran.code == 3
    assert "from SENTINEL_GCP_ENDPOINT" in ran.err


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--project", "Web Production", "the id of a project"),
        ("--services", "disks", 'did you mean "disk"?'),
        ("--regions", "europe-west-1", 'did you mean "europe-west1"?'),
        ("--resource-ids", "vol-1", "a full resource name"),
    ],
)
def test_bad_input_is_told(option: str, value: str, words: str, home: Path) -> None:
    ran = sentinel("scan", "gcp", option, value, home=home)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


def test_a_scan_of_aws_loads_no_other_sdk(cloud: DemoCloud, home: Path) -> None:
    variables = {"PYTHONPROFILEIMPORTTIME": "1", **credentials(cloud.endpoint)}
    ran = sentinel("scan", "aws", "--services", "eip", "--regions", "eu-west-1", home=home, variables=variables)
    assert (ran.code, "botocore.client" in ran.err) == (0, True)
    assert not OTHER_SDKS.search(ran.err)
