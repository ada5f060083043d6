"""How accounts and resources are named."""

from __future__ import annotations

import pytest

from schemas.naming import NAMING, canonical_id, id_of_path

SUBSCRIPTION = "0de0a5e0-0000-4000-8000-00000000000A"
DISK = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Web/providers/Microsoft.Compute/disks/Data"


@pytest.mark.parametrize(
    ("provider", "account", "right"),
    [
        ("aws", "123456789012", True),
        ("aws", "12345678901", False),
        ("azure", SUBSCRIPTION, True),
        ("azure", "123456789012", False),
        ("gcp", "web-production", True),
        ("gcp", "Web", False),
    ],
)
def test_accounts(provider: str, account: str, right: bool) -> None:
    assert bool(NAMING[provider].account.fullmatch(account)) == right


@pytest.mark.parametrize(
    ("provider", "resource", "right"),
    [
        ("aws", "arn:aws:s3:::bucket", True),
        ("aws", DISK, False),
        ("azure", DISK, True),
        ("azure", DISK.upper(), True),
        ("azure", f"/subscriptions/{SUBSCRIPTION}", False),
        ("azure", "/subscriptions/one/resourceGroups/web", False),
        ("gcp", "//compute.googleapis.com/projects/p/zones/z/disks/d", True),
        ("gcp", "compute.googleapis.com/projects/p", False),
    ],
)
def test_resources(provider: str, resource: str, right: bool) -> None:
    assert bool(NAMING[provider].resource.fullmatch(resource)) == right


def test_only_the_ids_of_azure_lose_their_case() -> None:
    assert canonical_id(DISK) == DISK.lower()
    assert canonical_id(DISK.replace("/subscriptions", "/Subscriptions")) == DISK.lower()
    assert canonical_id("arn:aws:iam::1:role/Audit") == "arn:aws:iam::1:role/Audit"
    assert canonical_id("//compute.googleapis.com/projects/P") == "//compute.googleapis.com/projects/P"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (DISK, DISK.lower()),
        (DISK.removeprefix("/"), DISK.lower()),
        ("//compute.googleapis.com/projects/p", "//compute.googleapis.com/projects/p"),
        ("compute.googleapis.com/projects/p", "//compute.googleapis.com/projects/p"),
        ("arn:aws:ec2:eu-west-1:1:volume/v", "arn:aws:ec2:eu-west-1:1:volume/v"),
    ],
)
def test_an_id_at_the_end_of_an_address(text: str, meant: str) -> None:
    assert id_of_path(text) == meant
