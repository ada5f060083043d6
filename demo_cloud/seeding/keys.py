"""Keys of KMS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from functools import partial
from typing import Any

from moto.kms.models import kms_backends

from demo_cloud.planted.keys import LIVES, Key
from demo_cloud.seeding.site import Site, rename


def seed(site: Site) -> None:
    """What encrypts and signs."""
    backend: Any = kms_backends[site.place.account][site.place.region]
    for plan in site.place.of(Key):
        usage = "SIGN_VERIFY" if plan.spec.startswith("RSA") else "ENCRYPT_DECRYPT"
        origin = "EXTERNAL" if plan.imported else "AWS_KMS"
        key = backend.create_key(None, usage, plan.spec, "of the demo", None, origin=origin)
        rename(backend.keys, key, plan.id)
        key.arn = f"arn:aws:kms:{site.place.region}:{site.place.account}:key/{plan.id}"
        key.creation_date = site.ago(plan.age).replace(tzinfo=UTC).timestamp()
        key.key_manager = "AWS" if plan.of_aws else "CUSTOMER"
        key.key_rotation_status = plan.rotates
        if plan.dies:
            key.key_state, key.deletion_date = "PendingDeletion", site.ago(timedelta(days=-7))
        if plan.imported:
            key.to_dict = partial(_with_end, key.to_dict, site.ago(-LIVES).replace(tzinfo=UTC).timestamp())
        if plan.alias:
            backend.create_alias(plan.id, plan.alias)
        backend.tag_resource(plan.id, dict(plan.tags))


def _with_end(told: Callable[[], dict[str, Any]], end: float) -> dict[str, Any]:
    """What the emulator tells of a key, and when its imported material expires."""
    body = told()
    body["KeyMetadata"] |= {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": end}
    return body
