"""The catalogue of names: what exists, what was meant, and what a request expands to."""

from __future__ import annotations

import pytest

from schemas.catalogue import beginnings, check_provider, check_regions, expand_services, load_catalogue, nearest
from schemas.errors import InvalidInputError
from schemas.operations import check_declaration, iam_actions

MISSPELLED = [
    ("ec-2", "ec2"),
    ("ec22", "ec2"),
    ("EC2", "ec2"),
    ("ec2_", "ec2"),
    ("e2c", "ec2"),
    ("eb-s", "ebs"),
    ("ebss", "ebs"),
    ("EBS", "ebs"),
    ("snapshots", "snapshot"),
    ("snapsot", "snapshot"),
    ("snap-shot", "snapshot"),
    ("sanpshot", "snapshot"),
    ("eips", "eip"),
    ("EIP", "eip"),
    ("s33", "s3"),
    ("S3", "s3"),
    ("@storge", "@storage"),
    ("@compute_", "@compute"),
    ("compute", "@compute"),
    ("@netwrok", "@network"),
]


@pytest.mark.parametrize(("asked", "meant"), MISSPELLED)
def test_a_misspelled_service_is_told_the_one_that_was_meant(asked: str, meant: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        expand_services("aws", [asked])
    assert caught.value.field == "services"
    assert f'did you mean "{meant}"?' in str(caught.value)
    assert "allowed: " in str(caught.value)


def test_a_name_like_no_other_gets_no_guess() -> None:
    assert nearest("qqqqqqq", ["ec2", "ebs"]) is None
    with pytest.raises(InvalidInputError) as caught:
        expand_services("aws", ["qqqqqqq"])
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(("asked", "meant"), [("eu-wset-1", "eu-west-1"), ("us-east1", "us-east-1")])
def test_a_misspelled_region_is_told_the_one_that_was_meant(asked: str, meant: str) -> None:
    with pytest.raises(InvalidInputError, match=f'did you mean "{meant}"') as caught:
        check_regions("aws", [asked])
    assert caught.value.field == "regions"


def test_a_misspelled_provider_is_told_the_one_that_was_meant() -> None:
    with pytest.raises(InvalidInputError, match='did you mean "aws"') as caught:
        check_provider("awz")
    assert caught.value.field == "provider"


def test_groups_expand_without_repeating() -> None:
    assert set(expand_services("aws", ["@storage", "ebs", "ec2"])) >= {"ebs", "snapshot", "s3", "ec2"}
    chosen = expand_services("aws", ["@compute", "ec2", "@compute"])
    assert len(chosen) == len(set(chosen))
    assert "ec2" in chosen


def test_nothing_asked_is_everything() -> None:
    assert expand_services("aws", None) == expand_services("aws", ["@all"])
    assert check_regions("aws", None) is None


def test_regions_are_sorted_and_unique() -> None:
    assert check_regions("aws", ["us-east-1", "eu-west-1", "us-east-1"]) == ("eu-west-1", "us-east-1")


def test_every_operation_of_the_catalogue_may_be_declared_and_has_its_permissions() -> None:
    for provider, entry in load_catalogue().providers.items():
        for service in entry.services:
            for name in service.operations:
                if provider == "aws":
                    check_declaration(*name.split(":"))
                assert set(iam_actions(provider, *name.split(":"))) <= set(service.permissions), name


def test_every_event_type_of_the_catalogue_has_its_service_for_a_third_part() -> None:
    for provider, entry in load_catalogue().providers.items():
        for service in entry.services:
            for event in service.events:
                assert event.type.split(".")[:3] == [provider, event.category, service.service]


def test_types_begin_with_each_of_their_parts() -> None:
    assert beginnings(["aws.waste.ebs.old"]) == ["aws.*", "aws.waste.*", "aws.waste.ebs.*"]
