"""Databases, their clusters and snapshots."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from moto.rds.models import rds_backends

from demo_cloud.planted.databases import Cluster, Database, DbSnapshot
from demo_cloud.seeding.site import Site

VERSIONS = {"postgres": "16.3", "mysql": "8.0.39", "mariadb": "10.11.8", "sqlserver-se": "15.00.4395.2.v1"}
SUBNETS = "demo"


def seed(site: Site) -> None:
    """What keeps data in tables."""
    backend: Any = rds_backends[site.place.account][site.place.region]
    subnets = list(site.backend.get_default_subnets().values())
    backend.create_subnet_group(SUBNETS, "of the demo", subnets, [])
    for cluster in site.place.of(Cluster):
        _cluster(site, backend, cluster)
    for database in site.place.of(Database):
        _database(site, backend, database)
    backend.database_snapshots.clear()
    backend.cluster_snapshots.clear()
    for snapshot in site.place.of(DbSnapshot):
        _snapshot(site, backend, snapshot)


def _tags(plan: Database | DbSnapshot) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in plan.tags.items()]


def _cluster(site: Site, backend: Any, plan: Cluster) -> None:  # noqa: ANN401 - moto's
    cluster = backend.create_db_cluster(
        {
            "db_cluster_identifier": plan.id,
            "engine": plan.engine,
            "engine_version": "16.3" if plan.engine.endswith("postgresql") else "8.0.mysql_aurora.3.07.1",
            "master_username": "demo",
            "master_user_password": "nothing-real",
            "storage_encrypted": plan.encrypted,
            "kms_key_id": site.kms_key,
            "backup_retention_period": 7,
            "deletion_protection": True,
            "db_subnet_group_name": SUBNETS,
            "vpc_security_group_ids": [],
        }
    )
    cluster.storage_type = "aurora"
    cluster._status = "stopped" if plan.stopped_for is not None else "available"  # noqa: SLF001 - no setter
    cluster.created = cluster.cluster_create_time = site.ago(plan.age)


def _database(site: Site, backend: Any, plan: Database) -> None:  # noqa: ANN401 - moto's
    wishes = {
        "db_instance_identifier": plan.id,
        "db_instance_class": plan.kind,
        "engine": plan.engine,
        "multi_az": plan.multi_az,
        "publicly_accessible": plan.public,
        "db_subnet_group_name": SUBNETS,
        "deletion_protection": plan.multi_az,
        "tags": _tags(plan),
    }
    if plan.cluster:
        database = backend.create_db_instance({**wishes, "db_cluster_identifier": plan.cluster})
    else:
        database = backend.create_db_instance({**wishes, **_of_its_own(site, plan)})
    database.created = database.instance_create_time = site.ago(plan.age)
    if plan.source:
        database.is_replica, database.source_db_instance_identifier = True, plan.source
        backend.databases[plan.source].replicas.append(plan.id)
    if plan.stopped_for is not None:
        database.status = "stopped"


def _of_its_own(site: Site, plan: Database) -> dict[str, Any]:
    """What a member of a cluster shares with it."""
    return {
        "engine_version": VERSIONS[plan.engine],
        "allocated_storage": plan.size_gib,
        "storage_type": plan.storage,
        "iops": 3000 if plan.storage == "gp3" else None,
        "storage_encrypted": plan.encrypted,
        "kms_key_id": site.kms_key,
        "backup_retention_period": 7 if plan.multi_az else 0,
        "master_username": "demo",
        "master_user_password": "nothing-real",
    }


def _snapshot(site: Site, backend: Any, plan: DbSnapshot) -> None:  # noqa: ANN401 - moto's
    """Made of a database of the place, which then gets the name of the one that is gone."""
    source = plan.of if plan.of in backend.databases else "app"
    snapshot = backend.create_db_snapshot(source, plan.id, plan.kind, _tags(plan))
    snapshot.created = snapshot.original_snapshot_create_time = site.ago(plan.age)
    snapshot.db_instance_identifier = plan.of
    snapshot.database.created = snapshot.instance_create_time = site.ago(plan.age + timedelta(days=100))
    snapshot.allocated_storage = plan.size_gib
    snapshot.encrypted = snapshot.storage_encrypted = plan.encrypted
    snapshot.kms_key_id = site.kms_key if plan.encrypted else None
    if plan.shared_with:
        snapshot.modify_attribute("restore", [plan.shared_with], None)
