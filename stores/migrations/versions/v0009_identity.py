"""People, their sessions, API keys, failed sign-ins, and the audit log, which the database lets nobody change."""

import sqlalchemy as sa
from alembic import op

from stores.migrations.kinds import BIG_SERIAL, TIME, WORDS

revision = "v0009"
down_revision = "v0008"

APPEND_ONLY = "the audit log is append-only"


def _words(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, WORDS, nullable=nullable) for name in names]


def _times(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, TIME, nullable=nullable) for name in names]


def upgrade() -> None:
    """Create their tables."""
    op.create_table(
        "users",
        sa.Column("user_id", WORDS, primary_key=True),
        *_words("client_id", "email", "role"),
        *_words("password_hash", nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        *_words("issuer", "subject", nullable=True),
        *_times("created_at"),
        *_times("disabled_at", "last_sign_in", nullable=True),
        sa.UniqueConstraint("client_id", "email", name="users_by_email"),
        sa.UniqueConstraint("client_id", "issuer", "subject", name="users_by_subject"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", WORDS, primary_key=True),
        *_words("kind", "family", "client_id", "holder"),
        *_times("issued_at", "expires_at"),
        *_times("used_at", "revoked_at", nullable=True),
    )
    op.create_index("sessions_by_family", "sessions", ["family"])
    op.create_index("sessions_by_holder", "sessions", ["client_id", "holder"])
    op.create_index("sessions_by_end", "sessions", ["expires_at"])
    op.create_table(
        "api_keys",
        sa.Column("key_id", WORDS, primary_key=True),
        *_words("client_id", "name", "key_hash", "scopes", "created_by"),
        *_times("created_at"),
        *_times("expires_at", nullable=True),
        sa.Column("last_used_on", WORDS),
        *_times("revoked_at", nullable=True),
    )
    op.create_index("api_keys_by_client", "api_keys", ["client_id", "created_at", "key_id"])
    op.create_table(
        "sign_in_failures",
        sa.Column("about", WORDS, primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        *_times("since"),
    )
    op.create_index("sign_in_failures_by_age", "sign_in_failures", ["since"])
    op.create_table(
        "audit_log",
        sa.Column("seq", BIG_SERIAL, primary_key=True),
        *_times("at"),
        *_words("client_id", "actor", "address", "action", "target", "details"),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_log_by_client", "audit_log", ["client_id", "seq"])
    _protect()


def _protect() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$ BEGIN RAISE EXCEPTION '{APPEND_ONLY}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_log_no_{change.lower()} BEFORE {change} ON audit_log "
            f"BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"
        )


def downgrade() -> None:
    """Forget them."""
    for table in ("audit_log", "sign_in_failures", "api_keys", "sessions", "users"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")
