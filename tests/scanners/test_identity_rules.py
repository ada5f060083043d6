"""Each rule of users, keys and policies at, below and above its threshold, without data, and excluded."""

from __future__ import annotations

from typing import Any

import pytest

from scanners.aws.iam_access_key import AccessKey, IamAccessKeyScanner
from scanners.aws.iam_account import Account, IamAccountScanner
from scanners.aws.iam_policy import IamPolicyScanner, Policy, allows_everything
from scanners.aws.iam_user import IamUserScanner, User
from tests.scanners.test_rules import UNSET, ago, judge, make

IGNORED = {"tags": {"cloud-sentinel:ignore": "true"}}


def user(**change: Any) -> Any:
    defaults = {
        "name": "anna",
        "password_since": ago(days=300),
        "password_used": ago(days=1),
        "mfa_devices": ["arn:aws:iam::123456789012:mfa/anna"],
    }
    return make(User, defaults, change)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "ok"),
        ({"mfa_devices": []}, "exposed"),
        ({"mfa_devices": [], "password_since": None}, "ok"),
        ({"mfa_devices": UNSET}, "insufficient_data"),
        ({"mfa_devices": [], "password_since": UNSET}, "insufficient_data"),
        ({"mfa_devices": [], **IGNORED}, "excluded"),
    ],
)
def test_user_no_mfa(change: dict[str, Any], kind: str) -> None:
    assert judge(IamUserScanner, "user.no_mfa", user(**change)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"password_used": ago(days=45)}, "ok"),
        ({"password_used": ago(days=45, seconds=1)}, "exposed"),
        ({"password_used": None}, "exposed"),
        ({"password_used": None, "password_since": ago(days=45)}, "ok"),
        ({"password_used": ago(days=400), "password_since": None}, "ok"),
        ({"password_used": UNSET}, "insufficient_data"),
        ({"password_used": ago(days=400), **IGNORED}, "excluded"),
    ],
)
def test_user_unused(change: dict[str, Any], kind: str) -> None:
    assert judge(IamUserScanner, "user.unused", user(**change)).kind == kind


def key(**change: Any) -> Any:
    defaults = {"created_at": ago(days=100), "user_name": "etl", "state": "Active", "last_used": ago(days=1)}
    return make(AccessKey, defaults, change)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"created_at": ago(days=90)}, "ok"),
        ({"created_at": ago(days=90, seconds=1)}, "exposed"),
        ({"state": "Inactive"}, "ok"),
        ({"created_at": UNSET}, "insufficient_data"),
        (IGNORED, "excluded"),
    ],
)
def test_access_key_old(change: dict[str, Any], kind: str) -> None:
    assert judge(IamAccessKeyScanner, "access_key.old", key(**change)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"last_used": ago(days=45)}, "ok"),
        ({"last_used": ago(days=45, seconds=1)}, "exposed"),
        ({"last_used": None}, "exposed"),
        ({"last_used": None, "created_at": ago(days=45)}, "ok"),
        ({"last_used": None, "state": "Inactive"}, "ok"),
        ({"last_used": UNSET}, "insufficient_data"),
        ({"last_used": None, **IGNORED}, "excluded"),
    ],
)
def test_access_key_unused(change: dict[str, Any], kind: str) -> None:
    assert judge(IamAccessKeyScanner, "access_key.unused", key(**change)).kind == kind


def policy(**change: Any) -> Any:
    return make(Policy, {"name": "all", "attachments": 1, "version": "v1", "allows_all": True}, change)


@pytest.mark.parametrize(
    ("change", "kind", "severity"),
    [
        ({}, "exposed", "high"),
        ({"attachments": 0}, "exposed", "low"),
        ({"allows_all": False}, "ok", None),
        ({"allows_all": UNSET}, "insufficient_data", None),
        (IGNORED, "excluded", None),
    ],
)
def test_policy_full_access(change: dict[str, Any], kind: str, severity: str | None) -> None:
    outcome = judge(IamPolicyScanner, "policy.full_access", policy(**change))
    assert (outcome.kind, outcome.severity) == (kind, severity)


@pytest.mark.parametrize(
    ("change", "everything"),
    [
        ({}, True),
        ({"Action": "*:*"}, True),
        ({"Action": ["s3:Get*", "*"], "Resource": ["*"]}, True),
        ({"Action": "s3:*"}, False),
        ({"Resource": "arn:aws:s3:::a/*"}, False),
        ({"Effect": "Deny"}, False),
        ({"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}, False),
        ({"Action": None, "NotAction": "iam:*"}, False),
    ],
)
def test_what_a_policy_allows(change: dict[str, Any], everything: bool) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", **change}
    assert allows_everything({"Statement": statement}) is everything
    assert (
        allows_everything({"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}, statement]}) is everything
    )


def test_an_unreadable_policy_allows_nothing() -> None:
    assert not allows_everything("{")


@pytest.mark.parametrize(
    ("change", "kind"),
    [({"root_keys": 1}, "exposed"), ({"root_keys": 0}, "ok"), ({"root_keys": UNSET}, "insufficient_data")],
)
def test_root_access_key(change: dict[str, Any], kind: str) -> None:
    assert judge(IamAccountScanner, "root.access_key", make(Account, {}, change)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"root_mfa": 0}, "exposed"),
        ({"root_mfa": 1}, "ok"),
        ({"root_mfa": 0, "root_password": 0}, "ok"),
        ({"root_mfa": 0, "root_password": None}, "exposed"),
        ({"root_mfa": UNSET}, "insufficient_data"),
    ],
)
def test_root_no_mfa(change: dict[str, Any], kind: str) -> None:
    assert judge(IamAccountScanner, "root.no_mfa", make(Account, {"root_password": 1}, change)).kind == kind
