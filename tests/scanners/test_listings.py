"""Listings that are not one call for a list: each for its owner, names only, one object; and resources in no region."""

from __future__ import annotations

import pytest

from scanners.aws.call import Call
from tests.scanners.running import ACCOUNT, LocalCloud, Result, scan


async def scan_iam(cloud: LocalCloud, service: str, regions: tuple[str, ...] | None = None) -> Result:
    return await scan(cloud, services=(service,), family="iam", region="us-east-1", regions=regions)


def keys(cloud: LocalCloud, *users: str) -> list[str]:
    iam = cloud.client("iam", "us-east-1")
    for name in users:
        iam.create_user(UserName=name)
    return [iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"] for name in users]


async def test_each_owner_is_asked_for_its_own(cloud: LocalCloud) -> None:
    made = keys(cloud, "anna", "ben")
    result = await scan_iam(cloud, "iam_access_key")
    assert set(result.values("aws.metadata.iam_access_key.id")) == set(made)
    assert (result.outcome.calls["iam:ListUsers"], result.outcome.calls["iam:ListAccessKeys"]) == (1, 2)
    assert result.outcome.complete == ("iam_access_key",)


async def test_an_owner_who_is_gone_in_the_meantime_owns_nothing(cloud: LocalCloud) -> None:
    keys(cloud, "anna")
    cloud.fault("ListAccessKeys", "NoSuchEntity", status=404)
    result = await scan_iam(cloud, "iam_access_key")
    assert result.values("aws.metadata.iam_access_key.id") == []
    assert result.outcome.complete == ("iam_access_key",)


@pytest.mark.parametrize("action", ["ListUsers", "ListAccessKeys"])
async def test_a_refusal_on_the_way_is_a_gap_with_that_action(cloud: LocalCloud, action: str) -> None:
    keys(cloud, "anna")
    cloud.fault(action, "AccessDenied", status=403)
    result = await scan_iam(cloud, "iam_access_key")
    assert result.value("aws.scan.iam_access_key.denied")["action"] == f"iam:{action}"
    assert result.outcome.complete == ()


async def test_what_is_in_no_region_is_told_whatever_regions_were_asked_for(cloud: LocalCloud) -> None:
    keys(cloud, "anna")
    result = await scan_iam(cloud, "iam_user", ("eu-west-1",))
    assert result.values("aws.metadata.iam_user.name") == ["anna"]
    assert result.outcome.complete == ("iam_user",)


async def test_the_one_object_of_an_account_has_its_number(cloud: LocalCloud) -> None:
    keys(cloud, "anna", "ben")
    result = await scan_iam(cloud, "iam_account")
    (event,) = result.of("aws.metadata.iam_account.users")
    assert (event.subject, event.data.value) == (f"arn:aws:iam::{ACCOUNT}:root", 2)


def test_a_call_is_filled_from_members_or_from_a_name() -> None:
    by_member = Call("iam", "list_access_keys", "AccessKeyMetadata", page_size=5, UserName="{UserName}", Most=3)
    assert by_member.filled({"UserName": "anna", "Path": "/"}).arguments == {"UserName": "anna", "Most": 3}
    assert by_member.filled({"UserName": "anna"}).page_size == 5
    by_name = Call("ecs", "describe_services", "services", cluster="{}", names=["{}"])
    assert by_name.filled("web").arguments == {"cluster": "web", "names": ["web"]}


@pytest.mark.parametrize("odd", [{}, {"Name": "anna"}])
def test_a_call_that_cannot_be_filled_says_so(odd: dict[str, str]) -> None:
    with pytest.raises(LookupError):
        Call("iam", "list_access_keys", UserName="{UserName}").filled(odd)
