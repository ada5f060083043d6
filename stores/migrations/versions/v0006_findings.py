"""The life of a finding: what scans said, what they read to the end, what people decided."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

from stores.migrations.kinds import BIG_SERIAL, TIME, WORDS

revision = "v0006"
down_revision = "v0005"

Values = dict[str, Any]


def upgrade() -> None:
    """Verdicts and evaluations are made of what was known; nobody decided anything yet."""
    _create_verdicts()
    _insert("verdicts", _known_verdicts())
    op.execute("ALTER TABLE findings RENAME COLUMN judged_attempt TO attempt")
    op.drop_column("findings", "judged_asof")
    op.drop_column("findings", "judged_scan_id")
    known = list(_known_evaluations())
    op.drop_table("evaluations")
    _create_evaluations()
    _insert("evaluations", known)
    _create_decisions()


def downgrade() -> None:
    """Back to the newest verdict of each finding. What people decided is lost."""
    scopes = list(_newest_scopes())
    for table in ("decisions", "evaluations", "verdicts"):
        op.drop_table(table)
    scope = "client_id account_id region service rule"
    op.create_table("evaluations", *_words(scope), _time("asof"), sa.PrimaryKeyConstraint(*scope.split()))
    _insert("evaluations", scopes)
    op.add_column("findings", sa.Column("judged_asof", TIME))
    op.add_column("findings", sa.Column("judged_scan_id", WORDS))
    op.execute("UPDATE findings SET judged_scan_id = scan_id")
    op.execute("UPDATE findings SET judged_asof = coalesce(resolved_at, unverified_since, last_seen)")
    op.execute("ALTER TABLE findings RENAME COLUMN attempt TO judged_attempt")
    _require("judged_asof", TIME)
    _require("judged_scan_id", WORDS)


def _require(column: str, kind: sa.types.TypeEngine[Any]) -> None:
    with op.batch_alter_table("findings") as findings:
        findings.alter_column(column, existing_type=kind, nullable=False)


def _create_verdicts() -> None:
    op.create_table(
        "verdicts",
        *_words("finding_id scan_id client_id event_id value"),
        _time("asof"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("finding_id", "asof", "scan_id", "attempt"),
    )
    op.create_index("verdicts_by_asof", "verdicts", ["asof"])


def _known_verdicts() -> Iterator[Values]:
    """The last sight of each finding, and what was said of it since."""
    for row in _rows("findings"):
        outcome = "waste" if row["category"] == "waste" else "exposed"
        saving = row["monthly_saving"]
        sight = {name: row[name] for name in ("severity", "currency")} | {"evidence": json.loads(row["evidence"])}
        sight["monthly_saving"] = None if saving is None else str(_amount(saving))
        yield _verdict(row, row["last_seen"], row["scan_id"], outcome, sight)
        if row["unverified_since"] is not None:
            yield _verdict(row, row["unverified_since"], row["judged_scan_id"], "insufficient_data", {})
        if row["resolved_reason"] == "excluded":
            yield _verdict(row, row["resolved_at"], row["judged_scan_id"], "excluded", {})


def _verdict(row: Mapping[str, Any], asof: object, scan_id: str, outcome: str, sight: Values) -> Values:
    value = {"rule": row["rule"], "outcome": outcome, "reason": row["reason"] if sight else "", **sight}
    return {
        "finding_id": row["id"],
        "asof": asof,
        "scan_id": scan_id,
        "attempt": row["judged_attempt"],
        "client_id": row["client_id"],
        "event_id": row["event_id"] if sight else "",
        "value": json.dumps(value),
    }


def _amount(stored: Decimal | int) -> Decimal:
    """SQLite keeps whole millionths."""
    return stored if isinstance(stored, Decimal) else Decimal(stored) / 10**6


def _create_evaluations() -> None:
    op.create_table(
        "evaluations",
        *_words("task_id service client_id scan_id provider account_id"),
        sa.Column("regions", WORDS),
        _time("asof"),
        *_words("rules categories"),
        sa.PrimaryKeyConstraint("task_id", "service"),
    )
    op.create_index("evaluations_by_asof", "evaluations", ["asof"])
    op.create_index("evaluations_by_service", "evaluations", ["client_id", "account_id", "service"])


def _known_evaluations() -> Iterator[Values]:
    """The newest of each scope was kept, without its task and scan."""
    rules: defaultdict[tuple[Any, ...], dict[str, None]] = defaultdict(dict)
    for row in _rows("evaluations"):
        scope = row["client_id"], row["account_id"], row["region"], row["service"], row["asof"]
        rules[scope][row["rule"]] = None
    for scope, its_rules in rules.items():
        client, account, region, service, asof = scope
        yield {
            "task_id": "/".join(str(part) for part in scope),
            "service": service,
            "client_id": client,
            "scan_id": "",
            "provider": "aws",
            "account_id": account,
            "regions": json.dumps([region]) if region else None,
            "asof": asof,
            "rules": json.dumps(its_rules),
            "categories": "[]",
        }


def _newest_scopes() -> Iterator[Values]:
    newest: dict[tuple[str, ...], Any] = {}
    for row in _rows("evaluations"):
        for region in json.loads(row["regions"] or '[""]'):
            for rule in json.loads(row["rules"]):
                scope = row["client_id"], row["account_id"], region, row["service"], rule
                newest[scope] = max(newest.get(scope, row["asof"]), row["asof"])
    names = ("client_id", "account_id", "region", "service", "rule")
    yield from ({**dict(zip(names, scope, strict=True)), "asof": asof} for scope, asof in newest.items())


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("seq", BIG_SERIAL, nullable=False),
        *_words("client_id finding_id status"),
        sa.Column("note", WORDS),
        sa.Column("until", WORDS),
        *_words("decided_by"),
        _time("decided_at"),
        sa.Column("superseded_at", TIME),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("decisions_by_finding", "decisions", ["client_id", "finding_id", "seq"])
    holds = sa.text("superseded_at IS NULL")
    op.create_index(
        "decisions_that_hold", "decisions", ["finding_id"], unique=True, sqlite_where=holds, postgresql_where=holds
    )


def _words(names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, WORDS, nullable=False) for name in names.split()]


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, TIME, nullable=False)


def _rows(table: str) -> list[Mapping[str, Any]]:
    """As the database keeps them."""
    return [dict(row) for row in op.get_bind().execute(sa.text(f"SELECT * FROM {table}")).mappings()]  # noqa: S608 - ours


def _insert(table: str, rows: Iterable[Values]) -> None:
    kept = list(rows)
    if kept:
        kinds: dict[str, sa.types.TypeEngine[Any]] = {"asof": TIME, "attempt": sa.Integer()}
        columns = [sa.column(name, kinds.get(name, WORDS)) for name in kept[0]]
        op.bulk_insert(sa.table(table, *columns), kept)
