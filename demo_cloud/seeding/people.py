"""Users with their passwords and keys, policies, and the root user."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.models import AccessKeyLastUsed, MFADevice, iam_backends

from demo_cloud.planted.people import Key, Policy, Root, User
from demo_cloud.seeding.site import Site
from demo_cloud.world import DAY

YEAR = 365 * DAY


def seed(site: Site) -> None:
    """Who may enter the account."""
    backend: Any = iam_backends[site.place.account]["aws"]
    for user in site.place.of(User):
        _user(site, backend, user)
    for policy in site.place.of(Policy):
        _policy(site, backend, policy)
    for root in site.place.of(Root):
        backend.account_summary._account_mfa_enabled = int(root.mfa)  # noqa: SLF001 - no setter
        backend.account_summary._account_access_keys_present = int(root.key)  # noqa: SLF001
        backend.update_account_password_policy(
            allow_change_password=True,
            hard_expiry=0,
            max_password_age=90,
            minimum_password_length=14,
            password_reuse_prevention=5,
            require_lowercase_characters=True,
            require_numbers=True,
            require_symbols=True,
            require_uppercase_characters=True,
        )


def _user(site: Site, backend: Any, plan: User) -> None:  # noqa: ANN401 - moto's
    tags = [{"Key": key, "Value": value} for key, value in plan.tags.items()]
    user = backend.create_user("us-east-1", plan.id, tags=tags)
    user.create_date = site.ago(YEAR)
    if plan.signed_in is not None:
        user.password, user.password_last_used = "nothing-real", site.ago(plan.signed_in)
    if plan.mfa:
        serial = f"arn:aws:iam::{site.place.account}:mfa/{plan.id}"
        user.mfa_devices[serial] = MFADevice(serial, "000000", "000000")
        user.mfa_devices[serial].enable_date = site.ago(YEAR)
    for key in plan.keys:
        _key(site, backend, plan, key)


def _key(site: Site, backend: Any, user: User, plan: Key) -> None:  # noqa: ANN401 - moto's
    key = backend.create_access_key(user.id)
    del backend.access_keys[key.access_key_id]
    key.access_key_id, key.create_date = plan.id, site.ago(plan.age)
    key.status = "Active" if plan.active else "Inactive"
    backend.access_keys[plan.id] = key
    if plan.used is not None:
        key.last_used = AccessKeyLastUsed(site.ago(plan.used), "s3", "eu-west-1")


def _policy(site: Site, backend: Any, plan: Policy) -> None:  # noqa: ANN401 - moto's
    statement: dict[str, Any] = {"Effect": "Allow", "Action": plan.action, "Resource": "*"}
    if plan.only_with_mfa:
        statement["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    policy = backend.create_policy(f"{plan.id} of the demo", "/", document, plan.id, [])
    policy.create_date = policy.update_date = site.ago(YEAR)
    if plan.user:
        backend.attach_user_policy(policy.arn, plan.user)
