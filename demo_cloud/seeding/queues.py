"""Queues of SQS."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from moto.sqs.models import sqs_backends

from demo_cloud.planted.queues import Queue
from demo_cloud.seeding.site import Site


def seed(site: Site) -> None:
    """What keeps messages; those to which others send what fails stand before them."""
    backend: Any = sqs_backends[site.place.account][site.place.region]
    for plan in site.place.of(Queue):
        wishes: dict[str, Any] = {"FifoQueue": "true"} if plan.id.endswith(".fifo") else {}
        if plan.failed_to:
            target = f"arn:aws:sqs:{site.place.region}:{site.place.account}:{plan.failed_to}"
            wishes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 5})
        if plan.own_key:
            wishes["KmsMasterKeyId"] = site.kms_key
        queue = backend.create_queue(plan.id, tags=dict(plan.tags), **wishes)
        made = int(site.ago(plan.age).replace(tzinfo=UTC).timestamp())
        queue.created_timestamp = queue.last_modified_timestamp = made
