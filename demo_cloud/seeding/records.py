"""Log groups and trails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.cloudtrail.models import cloudtrail_backends
from moto.logs.models import logs_backends

from demo_cloud.planted.records import LogGroup, Trail
from demo_cloud.seeding.site import Site
from demo_cloud.world import DAY, Bucket


def seed(site: Site) -> None:
    """What programs write down."""
    backend: Any = logs_backends[site.place.account][site.place.region]
    for plan in site.place.of(LogGroup):
        group = backend.create_log_group(plan.id, dict(plan.tags))
        group.creation_time, group.retention_in_days = site.ago(plan.age), plan.keep_days
        backend.create_log_stream(plan.id, "all")
        group.streams["all"].stored_bytes = int(plan.gib * 1024**3)


def seed_trails(site: Site, buckets: Mapping[str, Sequence[Bucket]]) -> None:
    """What people do; the buckets must be there."""
    backend: Any = cloudtrail_backends[site.place.account][site.place.region]
    for plan in site.place.of(Trail):
        trail = backend.create_trail(
            name=plan.id,
            bucket_name=buckets[site.place.account][0].name,
            s3_key_prefix="",
            sns_topic_name="",
            is_global=True,
            is_multi_region=plan.everywhere,
            log_validation=plan.everywhere,
            is_org_trail=False,
            cw_log_group_arn="",
            cw_role_arn="",
            kms_key_id="",
            tags_list=[],
        )
        if plan.runs:
            trail.start_logging()
            trail.status.started = site.ago(400 * DAY)
