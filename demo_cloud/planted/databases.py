"""Databases that are planted: those that nobody asks, those that stand still, open ones, forgotten snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from demo_cloud.names import DATA, FRANKFURT, IRELAND, RETAIL, VIRGINIA
from demo_cloud.rows import A, B, C, E, Expected, U
from demo_cloud.rows import exposed as exposed_row
from demo_cloud.rows import waste as waste_row
from demo_cloud.world import IGNORED, World, days


@dataclass(frozen=True)
class Database:
    """A database instance; ``connections`` is how many it has all the time, in ``covered`` of each ten hours.

    ``cluster`` and ``source`` name a cluster that it is a member of, and a database that it copies.
    """

    id: str
    age: timedelta
    kind: str = "db.t4g.medium"
    engine: str = "postgres"
    size_gib: int = 100
    storage: str = "gp3"
    multi_az: bool = False
    connections: float = 25.0
    covered: int = 10
    stopped_for: timedelta | None = None
    cluster: str = ""
    source: str = ""
    public: bool = False
    encrypted: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cluster:
    """An Aurora cluster that holds 80 GiB; ``connections`` are those of its members together."""

    id: str
    age: timedelta
    engine: str = "aurora-postgresql"
    connections: float = 40.0
    encrypted: bool = True
    stopped_for: timedelta | None = None


@dataclass(frozen=True)
class DbSnapshot:
    """A snapshot of a database of its place; ``of`` a name that is not there: that one is gone."""

    id: str
    age: timedelta
    of: str
    size_gib: int = 20
    kind: str = "manual"
    shared_with: str = ""
    encrypted: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)


def plant(world: World) -> None:
    """db.idle, db.stopped, db.public, db.unencrypted, db_snapshot.orphan, old, public, unencrypted."""
    for place in world.places.values():
        place.of(Database).append(Database("app", days(700), "db.m6g.large", multi_az=True))
    _plant_idle(world)
    _plant_clusters(world)
    _plant_stopped(world)
    _plant_open(world)
    _plant_snapshots(world)


def _plant_idle(world: World) -> None:
    """db.idle: in two weeks not one connection."""
    world.place(RETAIL, IRELAND).of(Database).extend(
        [
            Database("orders-old", days(500), "db.m5.large", connections=0, tags={"team": "checkout"}),
            # near misses: two weeks old; a copy of another; somebody asks now and then; silent too often; ignored
            Database("orders-new", days(14), "db.m5.large", connections=0),
            Database("app-copy", days(300), "db.m6g.large", connections=0, source="app"),
            Database("rare", days(300), "db.m5.large", connections=0.1),
            Database("silent", days(300), "db.m5.large", connections=0, covered=7),
            Database("kept", days(300), "db.m5.large", connections=0, tags=IGNORED),
        ]
    )
    reports = Database("reports-old", days(90), "db.t3.medium", "mysql", multi_az=True, connections=0)
    world.place(RETAIL, VIRGINIA).of(Database).append(reports)
    world.place(DATA, FRANKFURT).of(Database).append(
        Database("etl-old", days(15), "db.r6g.large", "mariadb", connections=0)
    )
    # the price list has no SQL Server
    world.place(DATA, VIRGINIA).of(Database).append(
        Database("bi-old", days(400), "db.m5.large", "sqlserver-se", connections=0)
    )


def _plant_clusters(world: World) -> None:
    """db.idle and db.unencrypted of clusters; their members are judged with them."""
    retail, data = world.place(RETAIL, IRELAND), world.place(DATA, IRELAND)
    retail.of(Cluster).extend([Cluster("ledger-old", days(300), connections=0), Cluster("ledger", days(300))])
    data.of(Cluster).append(Cluster("catalog", days(400), "aurora-mysql", encrypted=False))
    for place, cluster in ((retail, "ledger-old"), (retail, "ledger"), (data, "catalog")):
        for number in (1, 2):
            engine = "aurora-mysql" if cluster == "catalog" else "aurora-postgresql"
            load = 0.0 if cluster == "ledger-old" else 20.0
            member = f"{cluster}-{number}"
            place.of(Database).append(
                Database(member, days(300), "db.r6g.large", engine, connections=load, cluster=cluster)
            )


def _plant_stopped(world: World) -> None:
    """db.stopped: for more than a week; near misses: for exactly a week."""
    world.place(RETAIL, VIRGINIA).of(Cluster).extend(
        [Cluster("season", days(300), stopped_for=days(9)), Cluster("spring", days(300), stopped_for=days(7))]
    )
    world.place(DATA, IRELAND).of(Database).extend(
        [
            Database("lake-meta", days(300), size_gib=200, stopped_for=days(30)),
            Database("lake-test", days(300), size_gib=200, stopped_for=days(7)),
        ]
    )
    campaign = Database(
        "campaign", days(300), "db.t3.medium", "mysql", storage="gp2", multi_az=True, stopped_for=days(8)
    )
    world.place(RETAIL, VIRGINIA).of(Database).append(campaign)


def _plant_open(world: World) -> None:
    """db.public and db.unencrypted."""
    world.place(RETAIL, VIRGINIA).of(Database).append(Database("partners", days(200), public=True))
    world.place(RETAIL, IRELAND).of(Database).extend(
        [
            Database("crm", days(900), encrypted=False),
            # near miss: open on purpose
            Database("sandbox", days(200), public=True, encrypted=False, tags=IGNORED),
        ]
    )
    world.place(DATA, IRELAND).of(Database).append(Database("feeds", days(200), public=True))


def _plant_snapshots(world: World) -> None:
    """db_snapshot.orphan, old, public, unencrypted."""
    world.place(RETAIL, IRELAND).of(DbSnapshot).extend(
        [
            DbSnapshot("before-split", days(60), "monolith", 100),
            DbSnapshot("monolith-last", days(400), "monolith", 100),
            DbSnapshot("app-2025", days(200), "app"),
            DbSnapshot("crm-move", days(10), "crm", encrypted=False),
            # near misses: thirty days; ninety days; made by the cloud; shared with one account; ignored
            DbSnapshot("monolith-30", days(30), "monolith", 100),
            DbSnapshot("app-90", days(90), "app"),
            DbSnapshot("rds:crm-nightly", days(200), "crm", kind="automated", encrypted=False),
            DbSnapshot("app-for-audit", days(5), "app", shared_with=DATA),
            DbSnapshot("monolith-law", days(900), "monolith", tags=IGNORED),
        ]
    )
    world.place(RETAIL, VIRGINIA).of(DbSnapshot).append(DbSnapshot("training", days(10), "app", shared_with="all"))
    world.place(DATA, VIRGINIA).of(DbSnapshot).append(DbSnapshot("bi-gone", days(40), "bi", 50))
    world.place(DATA, IRELAND).of(DbSnapshot).extend(
        [
            DbSnapshot("samples", days(20), "app", shared_with="all"),
            DbSnapshot("meta-plain", days(20), "app", encrypted=False),
        ]
    )
    # the price list has no backup storage of Frankfurt
    world.place(DATA, FRANKFURT).of(DbSnapshot).append(DbSnapshot("etl-2025", days(91), "etl-old"))


def _waste(rule: str, account: str, region: str, resource: str, saving: str | None) -> Expected:
    return waste_row(rule, account, region, resource, saving, service="rds")


def _exposed(rule: str, account: str, region: str, resource: str) -> Expected:
    return exposed_row(rule, account, region, resource, service="rds")


EXPECTED: Final = (
    # 0.197, 0.136, 0.26, 2 x 0.286, x 730; the price list has no SQL Server
    _waste("db.idle", A, E, "db:orders-old", "143.81"),
    _waste("db.idle", A, U, "db:reports-old", "99.28"),
    _waste("db.idle", B, C, "db:etl-old", "189.80"),
    _waste("db.idle", B, U, "db:bi-old", None),
    _waste("db.idle", A, E, "cluster:ledger-old", "417.56"),
    # 200 x 0.127, 100 x 0.23
    _waste("db.stopped", B, E, "db:lake-meta", "25.40"),
    _waste("db.stopped", A, U, "db:campaign", "23.00"),
    # 80 x 0.10
    _waste("db.stopped", A, U, "cluster:season", "8.00"),
    _exposed("db.public", A, U, "db:partners"),
    _exposed("db.public", B, E, "db:feeds"),
    _exposed("db.unencrypted", A, E, "db:crm"),
    _exposed("db.unencrypted", B, E, "cluster:catalog"),
    # 100, 100, 50 x 0.095; the second is old too
    _waste("db_snapshot.orphan", A, E, "snapshot:before-split", "9.50"),
    _waste("db_snapshot.orphan", A, E, "snapshot:monolith-last", "9.50"),
    _waste("db_snapshot.orphan", B, U, "snapshot:bi-gone", "4.75"),
    _waste("db_snapshot.old", A, E, "snapshot:monolith-last", "0.00"),
    # 20 x 0.095; the price list has no backup storage of Frankfurt
    _waste("db_snapshot.old", A, E, "snapshot:app-2025", "1.90"),
    _waste("db_snapshot.old", B, C, "snapshot:etl-2025", None),
    _exposed("db_snapshot.public", A, U, "snapshot:training"),
    _exposed("db_snapshot.public", B, E, "snapshot:samples"),
    _exposed("db_snapshot.unencrypted", A, E, "snapshot:crm-move"),
    _exposed("db_snapshot.unencrypted", B, E, "snapshot:meta-plain"),
)
