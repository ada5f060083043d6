"""Tables of DynamoDB and repositories of images."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.ecr.models import ecr_backends

from demo_cloud.planted.stores import Repository, Table
from demo_cloud.seeding.site import Site


def seed(site: Site) -> None:
    """What keeps items and images."""
    tables: Any = dynamodb_backends[site.place.account][site.place.region]
    for table in site.place.of(Table):
        _table(site, tables, table)
    repositories: Any = ecr_backends[site.place.account][site.place.region]
    for plan in site.place.of(Repository):
        tags = [{"Key": key, "Value": value} for key, value in plan.tags.items()]
        made = repositories.create_repository(plan.id, None, {"encryptionType": "AES256"}, None, "IMMUTABLE", tags)
        made.created_at = site.ago(plan.age)
        made.lifecycle_policy = '{"rules": []}' if plan.lifecycle else None


def _table(site: Site, backend: Any, plan: Table) -> None:  # noqa: ANN401 - moto's
    reads, writes = plan.units
    table = backend.create_table(
        name=plan.id,
        schema=[{"AttributeName": "id", "KeyType": "HASH"}],
        throughput={"ReadCapacityUnits": reads, "WriteCapacityUnits": writes} if reads else None,
        attr=[{"AttributeName": "id", "AttributeType": "S"}],
        global_indexes=None,
        indexes=None,
        streams=None,
        billing_mode="PROVISIONED" if reads else "PAY_PER_REQUEST",
        sse_specification=None,
        tags=[{"Key": key, "Value": value} for key, value in plan.tags.items()],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )
    table.created_at = site.ago(plan.age).replace(tzinfo=UTC)
