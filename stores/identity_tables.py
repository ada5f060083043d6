"""The tables of people and machines: who may sign in, with what, and what was done."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Boolean, Column, Index, Integer, Table, UniqueConstraint

from stores.columns import Day, Json, UtcTime, Words
from stores.tables import BigSerial, metadata

users: Final = Table(
    "users",
    metadata,
    Column("user_id", Words, primary_key=True),
    Column("client_id", Words, nullable=False),
    Column("email", Words, nullable=False),
    Column("role", Words, nullable=False),
    Column("password_hash", Words),
    Column("must_change", Boolean, nullable=False),
    Column("issuer", Words),
    Column("subject", Words),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
    Column("last_sign_in", UtcTime),
    UniqueConstraint("client_id", "email", name="users_by_email"),
    UniqueConstraint("client_id", "issuer", "subject", name="users_by_subject"),
)
"""A person at a client. Somebody who belongs to several clients is a row at each: nothing is shared among clients."""

sessions: Final = Table(
    "sessions",
    metadata,
    Column("token_hash", Words, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("family", Words, nullable=False),
    Column("client_id", Words, nullable=False),
    Column("holder", Words, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
    Column("revoked_at", UtcTime),
)
"""Refresh tokens and the cookies of the page, by the hash of each. A family begins when somebody signs in."""
Index("sessions_by_family", sessions.c.family)
Index("sessions_by_holder", sessions.c.client_id, sessions.c.holder)
Index("sessions_by_end", sessions.c.expires_at)

api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("key_id", Words, primary_key=True),
    Column("client_id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("key_hash", Words, nullable=False),
    Column("scopes", Json(tuple[str, ...]), nullable=False),
    Column("created_by", Words, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("last_used_on", Day),
    Column("revoked_at", UtcTime),
)
Index("api_keys_by_client", api_keys.c.client_id, api_keys.c.created_at, api_keys.c.key_id)

sign_in_failures: Final = Table(
    "sign_in_failures",
    metadata,
    Column("about", Words, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("since", UtcTime, nullable=False),
)
"""Failed attempts by what they have in common (an account, an address), as a hash: no name stands here."""
Index("sign_in_failures_by_age", sign_in_failures.c.since)

audit_log: Final = Table(
    "audit_log",
    metadata,
    Column("seq", BigSerial, primary_key=True),
    Column("at", UtcTime, nullable=False),
    *[Column(name, Words, nullable=False) for name in ("client_id", "actor", "address", "action", "target")],
    Column("details", Json(dict[str, Any]), nullable=False),
    sqlite_autoincrement=True,
)
"""Who did what, when, from where. The database itself refuses to change or delete a row."""
Index("audit_log_by_client", audit_log.c.client_id, audit_log.c.seq)
