"""The users and roles by which the demo is entered."""

from __future__ import annotations

import json
from datetime import datetime

from moto.iam import models as iam_models
from moto.iam.models import iam_backends

from demo_cloud.names import MEMBERS, PLATFORM
from demo_cloud.world import DAY
from schemas.demo import DEMO_ACCESS_KEY, DEMO_AMBIENT_KEYS, DEMO_EXTERNAL_ID, DEMO_ROLE_NAME, DEMO_SECRET


def seed_identities(now: datetime) -> None:
    """An operator and the read role in each account, and the scanner's own user."""
    iam_models.mark_account_as_visited = _not_marked
    for account, (key, secret) in DEMO_AMBIENT_KEYS.items():
        _seed_user(account, "cloud-operator", key, secret, now)
    for account in MEMBERS:
        _seed_role(account, now)
    _seed_user(PLATFORM, "cloud-sentinel", DEMO_ACCESS_KEY, DEMO_SECRET, now)


def _seed_user(account: str, name: str, key_id: str, secret: str, now: datetime) -> None:
    """A user a month old, whose key has never been used."""
    backend = iam_backends[account]["aws"]
    user = backend.create_user("us-east-1", name)
    key = backend.create_access_key(name)
    del backend.access_keys[key.access_key_id]
    key.access_key_id, key.secret_access_key = key_id, secret
    backend.access_keys[key_id] = key
    user.create_date = key.create_date = now.replace(tzinfo=None) - 30 * DAY


def _not_marked(*_: str, **__: str) -> None:
    """Moto would stamp each call on key and role: two runs of the demo would then not be equal."""


def _seed_role(account: str, now: datetime) -> None:
    """The read role, which trusts the scanner's principal with its external id and nobody else."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{PLATFORM}:user/cloud-sentinel"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": DEMO_EXTERNAL_ID}},
            }
        ],
    }
    role = iam_backends[account]["aws"].create_role(
        role_name=DEMO_ROLE_NAME,
        assume_role_policy_document=json.dumps(trust),
        path="/",
        permissions_boundary=None,
        description="Read-only role of the demo",
        tags=[],
        max_session_duration="3600",
    )
    role.create_date = now.replace(tzinfo=None) - 400 * DAY
    role.last_used = now.replace(tzinfo=None) - DAY
