"""Each rule of databases at, below and above its threshold, without data, and excluded."""

from __future__ import annotations

from typing import Any

import pytest

from scanners.aws.rds import Database, RdsScanner
from scanners.aws.rds_cluster import DbCluster, RdsClusterScanner
from scanners.aws.rds_snapshot import DbSnapshot, RdsSnapshotScanner
from scanners.core.series import Series
from tests.scanners.test_rules import UNSET, WINDOW, ago, judge, make

IGNORED = {"tags": {"cloud-sentinel:ignore": "true"}}


def connections(most: float = 0.0, samples: int = 336) -> Series:
    return Series(most / 2, most, most, most, samples, 336, WINDOW)


def database(**change: Any) -> Any:
    defaults = {
        "id": "orders",
        "created_at": ago(days=100),
        "state": "available",
        "engine": "postgres",
        "instance_class": "db.m5.large",
        "storage_gib": 100,
        "storage_type": "gp3",
        "iops": 3000,
        "encrypted": True,
        "public": False,
        "multi_az": False,
        "cluster_id": None,
        "source_id": None,
        "security_groups": ["sg-1"],
        "connections": connections(),
    }
    return make(Database, defaults, change)


def told(outcome: Any) -> tuple[str, str | None]:
    return outcome.kind, str(outcome.saves) if outcome.saves else None


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "143.81"),
        ({"multi_az": True}, "waste", "287.62"),
        ({"engine": "oracle-ee"}, "waste", None),
        ({"connections": connections(1.0)}, "ok", None),
        ({"connections": connections(samples=269)}, "waste", "143.81"),
        ({"connections": connections(samples=268)}, "insufficient_data", None),
        ({"connections": None}, "insufficient_data", None),
        ({"connections": UNSET}, "insufficient_data", None),
        ({"created_at": ago(days=14)}, "excluded", None),
        ({"created_at": ago(days=14, seconds=1)}, "waste", "143.81"),
        ({"created_at": UNSET}, "insufficient_data", None),
        ({"source_id": "primary"}, "excluded", None),
        ({"cluster_id": "ledger"}, "excluded", None),
        ({"state": "stopped"}, "ok", None),
        (IGNORED, "excluded", None),
    ],
)
def test_db_idle(change: dict[str, Any], kind: str, saving: str | None) -> None:
    assert told(judge(RdsScanner, "db.idle", database(**change))) == (kind, saving)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({"connections": connections(samples=168)}, "ok", None),
        ({"connections": connections(samples=167)}, "waste", "12.70"),
        ({"connections": None}, "waste", "12.70"),
        ({"connections": None, "created_at": ago(days=7)}, "ok", None),
        ({"connections": None, "created_at": ago(days=7, seconds=1)}, "waste", "12.70"),
        ({"connections": connections(samples=96), "created_at": ago(days=10)}, "ok", None),
        ({"connections": connections(samples=10), "multi_az": True}, "waste", "25.40"),
        ({"connections": connections(samples=10), "storage_type": "io2", "iops": 1000}, "waste", None),
        ({"connections": UNSET}, "insufficient_data", None),
        ({"connections": None, "created_at": UNSET}, "insufficient_data", None),
        ({"connections": None, "cluster_id": "ledger"}, "excluded", None),
        ({"connections": None, "state": "available"}, "ok", None),
        ({"connections": None, **IGNORED}, "excluded", None),
    ],
)
def test_db_stopped(change: dict[str, Any], kind: str, saving: str | None) -> None:
    assert told(judge(RdsScanner, "db.stopped", database(**{"state": "stopped", **change}))) == (kind, saving)


@pytest.mark.parametrize(
    ("change", "cost", "storage"),
    [
        ({}, "143.81", "12.70"),
        ({"state": "stopped"}, "0.00", "12.70"),
        ({"storage_gib": 400, "iops": 12_000}, "143.81", "50.80"),
        ({"storage_gib": 399, "iops": 12_000}, "143.81", "None"),
        ({"storage_type": "gp2", "iops": None}, "143.81", "12.70"),
        ({"storage_type": "io1", "iops": None}, "143.81", "None"),
        ({"engine": "aurora-mysql", "instance_class": "db.r6g.large", "cluster_id": "c"}, "208.78", "0.00"),
        ({"engine": "mysql", "cluster_id": "three-copies"}, "None", "0.00"),
        ({"instance_class": UNSET}, "None", "12.70"),
    ],
)
def test_a_database_costs_by_class_and_storage(change: dict[str, Any], cost: str, storage: str) -> None:
    item = database(**change)
    assert (str(item.monthly_cost), str(item.storage_cost)) == (cost, storage)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"public": True}, "exposed"),
        ({"public": False}, "ok"),
        ({"public": UNSET}, "insufficient_data"),
        ({"public": True, **IGNORED}, "excluded"),
    ],
)
def test_db_public(change: dict[str, Any], kind: str) -> None:
    assert judge(RdsScanner, "db.public", database(**change)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"encrypted": False}, "exposed"),
        ({"encrypted": True}, "ok"),
        ({"encrypted": False, "cluster_id": "ledger"}, "excluded"),
        ({"encrypted": UNSET}, "insufficient_data"),
        ({"encrypted": False, **IGNORED}, "excluded"),
    ],
)
def test_db_unencrypted(change: dict[str, Any], kind: str) -> None:
    assert judge(RdsScanner, "db.unencrypted", database(**change)).kind == kind


def member(price: str = "db.r6g.large") -> Any:
    return database(id=price, engine="aurora-postgresql", instance_class=price, cluster_id="ledger")


def cluster(**change: Any) -> Any:
    defaults = {
        "created_at": ago(days=100),
        "state": "available",
        "engine": "aurora-postgresql",
        "member_ids": ["a", "b"],
        "members": [member(), member("db.t4g.medium")],
        "encrypted": True,
        "connections": connections(),
    }
    return make(DbCluster, defaults, change)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "265.72"),
        ({"members": [member(), member("db.unheard")]}, "waste", None),
        ({"members": [member()]}, "waste", None),
        ({"members": UNSET}, "insufficient_data", None),
        ({"member_ids": [], "members": []}, "ok", None),
        ({"state": "stopped"}, "ok", None),
        ({"connections": connections(1.0)}, "ok", None),
        ({"connections": connections(samples=269)}, "waste", "265.72"),
        ({"connections": connections(samples=268)}, "insufficient_data", None),
        ({"connections": None}, "insufficient_data", None),
        ({"created_at": ago(days=14)}, "excluded", None),
        ({"created_at": ago(days=14, seconds=1)}, "waste", "265.72"),
        (IGNORED, "excluded", None),
    ],
)
def test_db_idle_of_a_cluster(change: dict[str, Any], kind: str, saving: str | None) -> None:
    assert told(judge(RdsClusterScanner, "db.idle", cluster(**change))) == (kind, saving)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"encrypted": False}, "exposed"),
        ({"encrypted": True}, "ok"),
        ({"encrypted": UNSET}, "insufficient_data"),
        ({"encrypted": False, **IGNORED}, "excluded"),
    ],
)
def test_db_unencrypted_of_a_cluster(change: dict[str, Any], kind: str) -> None:
    assert judge(RdsClusterScanner, "db.unencrypted", cluster(**change)).kind == kind


def still(samples: int, stored_gib: float | None = 80.0, **change: Any) -> Any:
    held = Series(0.0, 0.0, 0.0, stored_gib * 1024**3, samples, 336, WINDOW) if stored_gib else None
    held_in = {"storage_type": "aurora", "stored": held, "connections": connections(samples=samples)}
    return make(
        DbCluster,
        {"created_at": ago(days=100), "state": "stopped", "member_ids": []},
        {**held_in, **change},
        "us-east-1",
    )


@pytest.mark.parametrize(
    ("item", "kind", "saving"),
    [
        (still(168), "ok", None),
        (still(167), "waste", "8.00"),
        (still(167, storage_type="aurora-iopt1"), "waste", None),
        (still(167, stored_gib=None), "waste", None),
        (still(0, connections=None), "waste", "8.00"),
        (still(0, connections=None, created_at=ago(days=7)), "ok", None),
        (still(167, state="available"), "ok", None),
        (still(167, connections=UNSET), "insufficient_data", None),
        (still(167, tags=IGNORED["tags"]), "excluded", None),
    ],
)
def test_db_stopped_of_a_cluster(item: Any, kind: str, saving: str | None) -> None:
    assert told(judge(RdsClusterScanner, "db.stopped", item)) == (kind, saving)


def snapshot(**change: Any) -> Any:
    defaults = {
        "created_at": ago(days=100),
        "kind": "manual",
        "database_id": "orders",
        "databases": [],
        "storage_gib": 20,
        "encrypted": True,
        "shared_with": [],
    }
    return make(DbSnapshot, defaults, change)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "1.90"),
        ({"created_at": ago(days=30)}, "ok", None),
        ({"created_at": ago(days=30, seconds=1)}, "waste", "1.90"),
        ({"databases": [database()]}, "ok", None),
        ({"databases": UNSET}, "insufficient_data", None),
        ({"created_at": UNSET}, "insufficient_data", None),
        ({"storage_gib": UNSET}, "insufficient_data", None),
        ({"kind": "automated"}, "excluded", None),
        ({"kind": "awsbackup"}, "excluded", None),
        (IGNORED, "excluded", None),
    ],
)
def test_db_snapshot_orphan(change: dict[str, Any], kind: str, saving: str | None) -> None:
    assert told(judge(RdsSnapshotScanner, "db_snapshot.orphan", snapshot(**change))) == (kind, saving)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({"databases": [database()]}, "waste", "1.90"),
        ({"created_at": ago(days=90)}, "ok", None),
        ({"created_at": ago(days=90, seconds=1)}, "waste", "1.90"),
        ({"created_at": UNSET}, "insufficient_data", None),
        ({"kind": "automated"}, "excluded", None),
        ({"kind": "awsbackup"}, "excluded", None),
        (IGNORED, "excluded", None),
    ],
)
def test_db_snapshot_old(change: dict[str, Any], kind: str, saving: str | None) -> None:
    assert told(judge(RdsSnapshotScanner, "db_snapshot.old", snapshot(**change))) == (kind, saving)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"shared_with": ["all"]}, "exposed"),
        ({"shared_with": ["222222222222"]}, "ok"),
        ({"shared_with": []}, "ok"),
        ({"shared_with": UNSET}, "insufficient_data"),
        ({"shared_with": ["all"], **IGNORED}, "excluded"),
    ],
)
def test_db_snapshot_public(change: dict[str, Any], kind: str) -> None:
    assert judge(RdsSnapshotScanner, "db_snapshot.public", snapshot(**change)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"encrypted": False}, "exposed"),
        ({"encrypted": True}, "ok"),
        ({"encrypted": UNSET}, "insufficient_data"),
        ({"encrypted": False, "kind": "automated"}, "excluded"),
        ({"encrypted": False, **IGNORED}, "excluded"),
    ],
)
def test_db_snapshot_unencrypted(change: dict[str, Any], kind: str) -> None:
    assert judge(RdsSnapshotScanner, "db_snapshot.unencrypted", snapshot(**change)).kind == kind
