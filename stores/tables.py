"""The tables. Decisions (scans, tasks, progress, call-backs) are authoritative; facts can be rebuilt from events."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, Table, text

from schemas.finding import FindingValue
from schemas.ingestion import Totals
from schemas.process import ProcessReport
from schemas.scan import Connection, Discovery, ScanSpec, TaskOutcome
from stores.columns import Cost, Day, Json, Money, UtcTime, Words

metadata: Final = MetaData()

BigSerial: Final = BigInteger().with_variant(Integer, "sqlite")


def _words(*names: str) -> list[Column[str]]:
    return [Column(name, Words, nullable=False) for name in names]


def _partial(name: str, column: Column[Any], condition: str) -> Index:
    """An index over the few rows that are still to be worked on."""
    return Index(name, column, sqlite_where=text(condition), postgresql_where=text(condition))


scans: Final = Table(
    "scans",
    metadata,
    Column("scan_id", Words, primary_key=True),
    *_words("client_id", "status"),
    Column("spec", Json(ScanSpec), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("published_at", UtcTime),
    Column("started_at", UtcTime),
    Column("planned_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("account_id", Words),
    Column("discovery", Json(Discovery)),
    Column("error", Words),
    Column("parent_id", Words),
)
Index("scans_by_parent", scans.c.client_id, scans.c.parent_id)
Index("scans_by_client", scans.c.client_id, scans.c.created_at, scans.c.scan_id)
Index("scans_by_status", scans.c.status)
_partial("scans_ended", scans.c.finished_at, "finished_at IS NOT NULL")
_partial("scans_to_publish", scans.c.created_at, "published_at IS NULL")

idempotency_keys: Final = Table(
    "idempotency_keys",
    metadata,
    Column("client_id", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    *_words("fingerprint", "scan_id"),
    Column("created_at", UtcTime, nullable=False),
)
Index("idempotency_keys_by_age", idempotency_keys.c.created_at)

tasks: Final = Table(
    "tasks",
    metadata,
    Column("task_id", Words, primary_key=True),
    *_words("scan_id"),
    Column("number", Integer, nullable=False),
    *_words("kind", "account_id", "region", "family"),
    Column("services", Json(tuple[str, ...]), nullable=False),
    *_words("status"),
    Column("owner", Words),
    Column("lease_until", UtcTime),
    Column("attempt", Integer, nullable=False),
    Column("published_at", UtcTime),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("outcome", Json(TaskOutcome)),
    Column("error", Words),
)
Index("tasks_by_scan", tasks.c.scan_id, tasks.c.number)
_partial("tasks_to_publish", tasks.c.number, "published_at IS NULL AND status = 'QUEUED'")
_partial("tasks_running", tasks.c.lease_until, "status = 'RUNNING'")

progress: Final = Table(
    "progress",
    metadata,
    Column("seq", BigSerial, primary_key=True),
    *_words("scan_id", "kind"),
    Column("at", UtcTime, nullable=False),
    Column("payload", Json(dict[str, Any]), nullable=False),
    Column("published_at", UtcTime),
    sqlite_autoincrement=True,
)
Index("progress_by_scan", progress.c.scan_id, progress.c.seq)
_partial("progress_to_expire", progress.c.at, "kind <> 'scan_finished'")
_partial("progress_to_publish", progress.c.seq, "published_at IS NULL")

callbacks: Final = Table(
    "callbacks",
    metadata,
    Column("scan_id", Words, primary_key=True),
    *_words("client_id", "url"),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcTime),
    Column("delivered_at", UtcTime),
    Column("gave_up_at", UtcTime),
    Column("last_error", Words),
)
_partial("callbacks_due", callbacks.c.next_attempt_at, "next_attempt_at IS NOT NULL")

dead_letters: Final = Table(
    "dead_letters",
    metadata,
    Column("id", Words, primary_key=True),
    Column("client_id", Words),
    *_words("topic"),
    Column("part", Integer, nullable=False),
    Column("log_offset", BigInteger, nullable=False),
    Column("key", Json(str), nullable=False),
    Column("reason", Json(str), nullable=False),
    Column("headers", Json(dict[str, str]), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("truncated", Boolean, nullable=False),
    Column("replay_of", Words),
    Column("at", UtcTime, nullable=False),
    *_words("status"),
    Column("replays", Integer, nullable=False),
    Column("decided_at", UtcTime),
    Column("published_at", UtcTime),
)
Index("dead_letters_by_time", dead_letters.c.at, dead_letters.c.id)
_partial("dead_letters_to_publish", dead_letters.c.decided_at, "published_at IS NULL AND status = 'replayed'")

events: Final = Table(
    "events",
    metadata,
    Column("id", Words, primary_key=True),
    *_words("client_id", "scan_id"),
    Column("time", UtcTime, nullable=False),
    Column("asof", UtcTime, nullable=False),
    *_words("p1", "p2", "p3", "type", "category", "account_id", "region", "subject"),
    Column("body", LargeBinary, nullable=False),
    postgresql_partition_by="RANGE (asof)",
)
"""On PostgreSQL by the day, see ``stores.partitions``: there ``id`` is the key of each day."""

Index("events_by_time", events.c.client_id, events.c.time, events.c.id)
Index("events_by_category", events.c.client_id, events.c.p2, events.c.time, events.c.id)
Index("events_by_service", events.c.client_id, events.c.p3, events.c.time, events.c.id)
Index("events_by_resource", events.c.client_id, events.c.subject, events.c.time, events.c.id)
Index("events_by_scan", events.c.client_id, events.c.scan_id, events.c.time, events.c.id)
Index("events_by_asof", events.c.asof)

resources: Final = Table(
    "resources",
    metadata,
    Column("client_id", Words, primary_key=True),
    Column("resource_id", Words, primary_key=True),
    *_words("provider", "account_id", "region", "service", "resource_type"),
    Column("first_seen", UtcTime, nullable=False),
    Column("last_seen", UtcTime, nullable=False),
    *_words("last_scan_id"),
    Column("last_attempt", Integer, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("facts", Words, nullable=False),
)
Index("resources_by_service", resources.c.client_id, resources.c.service, resources.c.resource_id)
Index("resources_by_scan", resources.c.client_id, resources.c.last_scan_id, resources.c.resource_id)

findings: Final = Table(
    "findings",
    metadata,
    Column("id", Words, primary_key=True),
    *_words("client_id", "resource_id", "rule", "category", "provider", "account_id", "region", "service", "severity"),
    Column("severity_rank", Integer, nullable=False),
    *_words("reason"),
    Column("monthly_saving", Money),
    Column("currency", Words),
    Column("evidence", Json(dict[str, Any]), nullable=False),
    *_words("status"),
    Column("first_seen", UtcTime, nullable=False),
    Column("last_seen", UtcTime, nullable=False),
    *_words("event_id", "scan_id"),
    Column("attempt", Integer, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("unverified_since", UtcTime),
    Column("resolved_at", UtcTime),
    Column("resolved_reason", Words),
)
"""What scans say: folded from ``verdicts`` and ``evaluations``. What people say stands in ``decisions``."""
Index("findings_by_money", findings.c.client_id, findings.c.status, findings.c.monthly_saving)
Index("findings_by_rule", findings.c.client_id, findings.c.account_id, findings.c.service, findings.c.rule)
Index("findings_by_resource", findings.c.client_id, findings.c.resource_id)
Index("findings_by_scan", findings.c.client_id, findings.c.scan_id)

verdicts: Final = Table(
    "verdicts",
    metadata,
    Column("finding_id", Words, primary_key=True),
    Column("asof", UtcTime, primary_key=True),
    Column("scan_id", Words, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    *_words("client_id", "event_id"),
    Column("value", Json(FindingValue), nullable=False),
)
"""What each attempt of each scan said of a finding. They leave with the events."""
Index("verdicts_by_asof", verdicts.c.asof)

evaluations: Final = Table(
    "evaluations",
    metadata,
    Column("task_id", Words, primary_key=True),
    Column("service", Words, primary_key=True),
    *_words("client_id", "scan_id", "provider", "account_id"),
    Column("regions", Json(tuple[str, ...] | None)),
    Column("asof", UtcTime, nullable=False),
    Column("rules", Json(dict[str, dict[str, Any] | None]), nullable=False),
    Column("categories", Json(tuple[str, ...]), nullable=False),
)
"""The complete listings of settled tasks: where, and which rules were judged with which thresholds."""
Index("evaluations_by_asof", evaluations.c.asof)
Index("evaluations_by_service", evaluations.c.client_id, evaluations.c.account_id, evaluations.c.service)

decisions: Final = Table(
    "decisions",
    metadata,
    Column("seq", BigSerial, primary_key=True),
    *_words("client_id", "finding_id", "status"),
    Column("note", Words),
    Column("until", Day),
    *_words("decided_by"),
    Column("decided_at", UtcTime, nullable=False),
    Column("superseded_at", UtcTime),
    sqlite_autoincrement=True,
)
"""What people decided about findings; one a finding holds: the one that was not superseded."""
Index("decisions_by_finding", decisions.c.client_id, decisions.c.finding_id, decisions.c.seq)
Index(
    "decisions_that_hold",
    decisions.c.finding_id,
    unique=True,
    sqlite_where=text("superseded_at IS NULL"),
    postgresql_where=text("superseded_at IS NULL"),
)

listings: Final = Table(
    "listings",
    metadata,
    *[Column(name, Words, primary_key=True) for name in ("client_id", "account_id", "region", "service")],
    Column("asof", UtcTime, nullable=False),
)
"""Up to which scan's ``asof`` all resources were listed: one not seen since is gone. Region empty: global service."""

changes: Final = Table(
    "changes",
    metadata,
    Column("seq", BigSerial, primary_key=True),
    Column("first_asof", UtcTime, nullable=False),
    Column("last_asof", UtcTime, nullable=False),
    Column("event_ids", Json(list[str]), nullable=False),
    Column("gone", Json(list[str]), nullable=False),
    sqlite_autoincrement=True,
)
"""An outbox: what one transaction changed, by the events that tell it, and the keys of what is gone."""

ingestions: Final = Table(
    "ingestions",
    metadata,
    Column("id", Words, primary_key=True),
    *_words("client_id", "source", "provider", "billing_account_id", "billing_period", "status"),
    Column("accounts", Json(tuple[str, ...]), nullable=False),
    Column("raw", Json(tuple[str, ...]), nullable=False),
    Column("rows_read", BigInteger, nullable=False),
    Column("rows_kept", BigInteger, nullable=False),
    Column("gold_rows", BigInteger),
    Column("first_day", Day, nullable=False),
    Column("last_day", Day, nullable=False),
    Column("totals", Json(dict[str, Totals]), nullable=False),
    Column("replaces", Words),
    Column("asof", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("error", Words),
    Column("demo", Boolean, nullable=False),
)
"""Bills that came in, one row for each billing account and month of each delivery. ``complete``: the active one.

``rows_read`` is of the whole delivery, ``rows_kept`` the lines of this month.
"""
_SLICE: Final = (
    ingestions.c.client_id,
    ingestions.c.provider,
    ingestions.c.billing_account_id,
    ingestions.c.billing_period,
)
Index("ingestions_by_time", ingestions.c.client_id, ingestions.c.asof, ingestions.c.id)
Index(
    "ingestions_active",
    *_SLICE,
    unique=True,
    sqlite_where=text("status = 'complete'"),
    postgresql_where=text("status = 'complete'"),
)

daily_costs: Final = Table(
    "daily_costs",
    metadata,
    Column("id", Words, primary_key=True),
    *_words("client_id", "ingestion_id"),
    Column("day", Day, nullable=False),
    *_words("billing_period", "provider", "billing_account_id", "account_id"),
    Column("account_name", Words),
    *_words("service", "service_name", "service_category", "region", "operation", "charge_category"),
    Column("tags", Json(dict[str, str]), nullable=False),
    *_words("currency"),
    Column("billed", Cost, nullable=False),
    Column("effective", Cost, nullable=False),
    Column("list", Cost, nullable=False),
    Column("contracted", Cost, nullable=False),
    Column("quantity", Cost),
    Column("quantity_unit", Words),
    Column("is_final", Boolean, nullable=False),
    Column("demo", Boolean, nullable=False),
)
"""Gold. What counts are the rows of complete ingestions: join them. Region and operation are empty where none is."""
Index("daily_costs_by_ingestion", daily_costs.c.ingestion_id, daily_costs.c.day)
Index("daily_costs_by_day", daily_costs.c.client_id, daily_costs.c.day)

positions: Final = Table(
    "positions",
    metadata,
    Column("topic", Words, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)

settled_tasks: Final = Table(
    "settled_tasks",
    metadata,
    Column("task_id", Words, primary_key=True),
    Column("settled_at", UtcTime, nullable=False),
)

jobs: Final = Table(
    "jobs",
    metadata,
    Column("job_id", Words, primary_key=True),
    *_words("client_id", "kind", "target"),
    Column("spec", Json(dict[str, Any]), nullable=False),
    *_words("status"),
    Column("owner", Words),
    Column("lease_until", UtcTime),
    Column("attempt", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("published_at", UtcTime),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("result", Json(dict[str, Any])),
    Column("error", Words),
)
"""What workers do beside scans: the row is the outbox, and owns the work."""
Index("jobs_by_client", jobs.c.client_id, jobs.c.created_at, jobs.c.job_id)
Index("jobs_by_target", jobs.c.target, jobs.c.kind, jobs.c.created_at)
_partial("jobs_open", jobs.c.created_at, "finished_at IS NULL")

accounts: Final = Table(
    "accounts",
    metadata,
    Column("account_id", Words, primary_key=True),
    *_words("client_id", "provider"),
    Column("native_id", Words),
    *_words("name"),
    Column("connection", Json(Connection), nullable=False),
    Column("tags", Json(dict[str, str]), nullable=False),
    Column("account_group", Words),
    Column("unit_path", Words),
    *_words("status"),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)
"""How the accounts of the clients are reached, by reference. A closed one is never reached again."""
Index("accounts_by_name", accounts.c.client_id, accounts.c.name, accounts.c.account_id)
Index("accounts_once", accounts.c.client_id, accounts.c.provider, accounts.c.native_id, unique=True)

account_secrets: Final = Table(
    "account_secrets",
    metadata,
    Column("account_id", Words, primary_key=True),
    *_words("client_id", "kek_id"),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("sealed_at", UtcTime, nullable=False),
)
"""The secret of an account, sealed by a data key of its own, which is wrapped by a key that only workers have."""
Index("account_secrets_by_key", account_secrets.c.kek_id, account_secrets.c.account_id)

processes: Final = Table(
    "processes",
    metadata,
    Column("instance", Words, primary_key=True),
    Column("roles", Json(tuple[str, ...]), nullable=False),
    *_words("version"),
    Column("report", Json(ProcessReport), nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)
"""Each process writes its own row, as a sign of life; what stopped leaves, what died is seen no more."""
