"""``sentinel scan azure`` and ``sentinel policy azure``: enough for a whole scan, and not one action more than that."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from cli.board import Board
from cli.progress import open_progress
from cli.scan.engine import ScanRun
from cli.scan.tally import Tally
from connections import connect
from demo_cloud import DemoCloud, compare
from demo_cloud.azure.expected import EXPECTED_AZURE
from demo_cloud.azure.names import LAB, SHOP
from scanners.core.limits import Limits
from scanners.core.rulebook import DEFAULTS
from scanners.core.run import operations_of
from schemas.catalogue import check_provider
from schemas.demo import DEMO_CLIENT_ID, DEMO_SECRET, DEMO_TENANT
from schemas.errors import NoAccess
from schemas.event import CATEGORIES, decode
from schemas.policy import azure_role, declared_operations
from schemas.scan import Connection, ScanSpec
from schemas.settings import Settings
from tests.cli.terminal import Ran, sentinel
from tests.cli.test_policy import Kept

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
PROVIDER = check_provider("azure")
EVERY = tuple(entry.service for entry in PROVIDER.services)
READ = "Microsoft.Resources/subscriptions/read"
LOCATIONS = "Microsoft.Resources/subscriptions/locations/read"


def actions_of(services: tuple[str, ...]) -> list[str]:
    actions: list[str] = azure_role(declared_operations("azure", services))["Actions"]
    return actions


@pytest.fixture(scope="module")
def cloud() -> Iterator[DemoCloud]:
    with DemoCloud.start(provider="azure", now=NOW, quota=100_000) as running:
        yield running


async def scan(cloud: DemoCloud, services: tuple[str, ...]) -> tuple[Tally, Kept]:
    """One scan of the demo's first subscription, with what its role allows now."""
    spec = ScanSpec(
        scan_id="0" * 32,
        client_id="default",
        provider="azure",
        connection=Connection(mode="demo", account=SHOP),
        services=services,
        regions=None,
        categories=CATEGORIES,
        resource_ids=None,
        lookback_days=14,
        asof=NOW,
    )
    settings = Settings(azure_endpoint=cloud.endpoint, azure_ca=cloud.ca)
    clients = connect(spec, operations=operations_of("azure", services), settings=settings)
    board, kept, tally = Board(time.monotonic), Kept(), Tally(services)
    run = ScanRun(
        spec=spec,
        clients=clients,
        limits=Limits(1000.0, 8),
        lines=kept,
        tally=tally,
        board=board,
        progress=open_progress(board, quiet=True),
        settings=settings,
        clock=lambda: NOW,
        book=DEFAULTS,
    )
    try:
        await run.run()
    finally:
        await clients.close()
    return tally, kept


@pytest.mark.parametrize("services", [EVERY, *((service,) for service in EVERY)], ids="+".join)
def test_the_role_is_enough(cloud: DemoCloud, services: tuple[str, ...]) -> None:
    cloud.allow({SHOP: actions_of(services)})
    tally, _ = asyncio.run(scan(cloud, services))
    assert tally.gaps == {}
    assert tally.covered == services
    assert services != EVERY or sum(tally.resources.values()) > 100


@pytest.mark.parametrize("action", [one for one in actions_of(EVERY) if one not in {READ, LOCATIONS}])
def test_no_action_of_the_role_can_be_missed(cloud: DemoCloud, action: str) -> None:
    """All services that declare it: each tells what it lost, with the action's name and no other."""
    users = tuple(entry.service for entry in PROVIDER.services if action in entry.permissions)
    cloud.allow({SHOP: [other for other in actions_of(users) if other != action]})
    tally, kept = asyncio.run(scan(cloud, users))
    assert {(gap.example.status, gap.example.action) for gap in tally.gaps.values()} == {("denied", action)}
    assert {service for gap in tally.gaps.values() for service in gap.services} == set(users)
    assert {kind.split(".")[2] for kind in kept.types if kind.endswith(".denied")} == set(users)
    assert tally.incomplete


def test_without_the_regions_the_scan_says_so_and_goes_on(cloud: DemoCloud) -> None:
    cloud.allow({SHOP: [one for one in actions_of(EVERY) if one != LOCATIONS]})
    tally, _ = asyncio.run(scan(cloud, EVERY))
    assert {gap.example.action for gap in tally.gaps.values()} == {LOCATIONS}
    assert sum(tally.resources.values()) > 100


def test_without_the_subscription_there_is_no_scan(cloud: DemoCloud) -> None:
    cloud.allow({SHOP: [one for one in actions_of(EVERY) if one != READ]})
    with pytest.raises(NoAccess, match=READ.replace(".", r"\.")):
        asyncio.run(scan(cloud, EVERY))


def test_the_role_is_a_role_of_azure(home: Path) -> None:
    ran = sentinel("policy", "azure", "--services", "public_ip", home=home)
    assert (ran.code, ran.err) == (0, "")
    role = json.loads(ran.out)
    assert role["Actions"] == [
        "Microsoft.Network/publicIPAddresses/read",
        "Microsoft.ResourceGraph/resources/read",
        LOCATIONS,
        READ,
    ]
    assert (role["DataActions"], role["NotActions"], role["IsCustom"]) == ([], [], True)
    assert role["AssignableScopes"] == ["/subscriptions/00000000-0000-0000-0000-000000000000"]


def variables(cloud: DemoCloud) -> dict[str, str]:
    """What a person sets."""
    return {
        "SENTINEL_AZURE_ENDPOINT": cloud.endpoint,
        "SENTINEL_AZURE_CA": cloud.ca,
        "AZURE_TENANT_ID": DEMO_TENANT,
        "AZURE_CLIENT_ID": DEMO_CLIENT_ID,
        "AZURE_CLIENT_SECRET": DEMO_SECRET,
    }


def run(cloud: DemoCloud, home: Path, *arguments: str, **more: str) -> Ran:
    cloud.allow({})
    return sentinel("scan", "azure", *arguments, home=home, variables=variables(cloud) | more)


@pytest.fixture(scope="module")
def fresh() -> Iterator[DemoCloud]:
    """One whose ages count from the hour that a command takes for now."""
    with DemoCloud.start(provider="azure") as running:
        yield running


@pytest.mark.parametrize(("subscription", "code"), [(SHOP, 0), (LAB, 4)])
def test_what_is_planted_is_found_and_nothing_else(fresh: DemoCloud, home: Path, subscription: str, code: int) -> None:
    ran = run(fresh, home, "--subscription", subscription, "--categories", "waste,security")
    assert ran.code == code, ran.err
    events = [decode(line) for line in ran.out.splitlines()]
    found = [
        SimpleNamespace(
            account_id=event.accountid,
            resource_id=event.subject,
            rule=event.data.value["rule"],
            monthly_saving=event.data.value["monthly_saving"],
        )
        for event in events
        if isinstance(event.data.value, dict) and event.data.value.get("outcome") in {"waste", "exposed"}
    ]
    comparison = compare(found, [row for row in EXPECTED_AZURE if row.account == subscription])
    assert comparison.equal, "\n".join(comparison.lines())
    assert all(event.demo for event in events if event.category == "waste")


def test_the_subscription_may_come_from_the_environment(cloud: DemoCloud, home: Path) -> None:
    ran = run(cloud, home, "--services", "public_ip", AZURE_SUBSCRIPTION_ID=SHOP)
    assert ran.code == 0, ran.err
    assert f"scanning account {SHOP} as application {DEMO_CLIENT_ID}" in ran.err
    several = run(cloud, home, "--services", "public_ip")
    assert several.code == 2
    assert SHOP in several.err
    assert LAB in several.err


def test_only_what_was_asked_for_by_id_in_any_case(cloud: DemoCloud, home: Path) -> None:
    wanted = f"/subscriptions/{SHOP}/resourceGroups/WEB/providers/Microsoft.Network/publicIPAddresses/spare-eu"
    ran = run(cloud, home, "--subscription", SHOP, "--services", "public_ip", "--resource-ids", wanted, "--quiet")
    subjects = {decode(line).subject for line in ran.out.splitlines()}
    assert subjects == {wanted.lower(), f"azure/{SHOP}/global/public_ip"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--subscription", "123456789012"), "the id of a subscription"),
        (("--subscription", SHOP, "--resource-ids", "arn:aws:s3:::x"), "an Azure resource id"),
        (("--subscription", SHOP, "--services", "vmm"), 'did you mean "vm"?'),
        (("--subscription", SHOP, "--regions", "eu-west-1"), 'unknown region "eu-west-1" for azure'),
    ],
)
def test_bad_input_is_one_line_and_calls_nothing(
    cloud: DemoCloud, home: Path, arguments: tuple[str, ...], told: str
) -> None:
    cloud.reset_calls()
    ran = run(cloud, home, *arguments)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert told in ran.err


def test_a_wrong_secret_is_no_access_and_is_not_shown(cloud: DemoCloud, home: Path) -> None:
    ran = run(cloud, home, "--subscription", SHOP, AZURE_CLIENT_SECRET="not-the-" + "secret")
    assert (ran.code, ran.out) == (3, "")
    assert "AADSTS7000215" in ran.err
    assert "not-the-secret" not in ran.err
    assert len([line for line in ran.err.splitlines() if "AADSTS" in line]) == 1
    assert "Traceback" not in ran.err
    assert "Unclosed" not in ran.err


def test_no_credentials_at_all_are_told_with_where_they_were_looked_for(cloud: DemoCloud, home: Path) -> None:
    chosen = {name: value for name, value in variables(cloud).items() if name.startswith("SENTINEL_")}
    nowhere = {"AZURE_TOKEN_CREDENTIALS": "AzureCliCredential"}  # and no address is asked
    ran = sentinel("scan", "azure", "--subscription", SHOP, home=home, variables=chosen | nowhere)
    assert (ran.code, ran.out) == (3, "")
    assert "no Azure credentials; tried environment (AZURE_TOKEN_CREDENTIALS); managed" in ran.err.splitlines()[-1]
    assert "Traceback" not in ran.err


def test_the_estimate_counts_batches_of_resources(home: Path) -> None:
    ran = sentinel("scan", "azure", "--estimate", "--services", "nic,vm", home=home)
    assert ran.code == 0
    rows = {line.split()[0]: line.split()[1:5] for line in ran.out.splitlines()[1:3]}
    # for 1,000 resources: one page and the provider's own list, 20 batches of 50
    assert rows == {"nic": ["2", "0", "0", "2"], "vm": ["2", "0", "20", "22"]}
