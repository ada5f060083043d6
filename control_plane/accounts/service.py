"""Accounts: added, told, changed, suspended, forgotten, tested."""

from __future__ import annotations

import secrets
import uuid
from typing import Any, Final

import msgspec
import structlog

from control_plane.accounts.answer import AccountAnswer, AccountList
from control_plane.accounts.modes import MODES, connection_errors
from control_plane.accounts.request import AccountChange, AccountConnection, AccountQuery, AccountRequest
from control_plane.accounts.secret import sealed, secret_errors, secret_of
from control_plane.context import Context
from control_plane.errors import ConflictError, InvalidRequestError, NotFoundError
from control_plane.jobs.accepting import accept_job
from control_plane.paging import read_cursor, write_cursor
from control_plane.principal import Principal
from schemas.account import AccountStatus
from schemas.scan import Connection
from schemas.sealing import Owner, Secret
from stores import ReadSession, WriteSession, account_secrets, accounts, audit, schedules
from stores.accounts import AccountFilters, AccountRow
from stores.jobs import JobRow

EXTERNAL_ID_BYTES: Final = 20

log = structlog.get_logger("control_plane")


async def add(context: Context, principal: Principal, asked: AccountRequest) -> AccountAnswer:
    """Raises ``InvalidRequestError``, or ``ConflictError`` where the client has it already."""
    connection, secret = _connection(context, principal, asked.provider, asked.connection)
    now = context.clock()
    row = AccountRow(
        account_id=uuid.uuid4().hex,
        client_id=principal.client_id,
        provider=asked.provider,
        native_id=_native_id(connection),
        name=asked.name,
        connection=connection,
        tags=dict(asked.tags),
        group=asked.group,
        unit_path=asked.unit_path,
        status=AccountStatus.ACTIVE,
        created_at=now,
        updated_at=now,
    )
    async with context.store.write() as writing:
        if not await accounts.insert_account(writing, row):
            raise _twice(row)
        await schedules.begin_nightly(writing, row.client_id, now)
        if secret is not None:
            await _keep_secret(context, writing, row, secret)
        details = {"name": row.name, "provider": row.provider, "native_id": row.native_id, "mode": connection.mode}
        await _tell(context, principal, writing, "account.create", row.account_id, details)
    log.info("account_added", account_id=row.account_id, client_id=row.client_id, mode=connection.mode)
    return AccountAnswer.of(row)


async def page(context: Context, principal: Principal, asked: AccountQuery) -> AccountList:
    """By name."""
    after = read_cursor(asked.cursor, tuple[str, str])
    same = {name: getattr(asked, name) for name in ("provider", "status", "native_id", "group", "unit_path")}
    wanted = AccountFilters(**same, tag=_tag(asked.tag))
    async with context.store.read() as reading:
        rows = await accounts.find_accounts(reading, principal.client_id, wanted, limit=asked.limit, after=after)
    last = (rows[-1].name, rows[-1].account_id) if len(rows) == asked.limit else None
    return AccountList(items=[AccountAnswer.of(row) for row in rows], next_cursor=write_cursor(last) if last else None)


async def one(context: Context, principal: Principal, account_id: str) -> AccountAnswer:
    """Raises ``NotFoundError``."""
    async with context.store.read() as reading:
        return AccountAnswer.of(await find_account(reading, principal, account_id))


async def change(context: Context, principal: Principal, account_id: str, asked: AccountChange) -> AccountAnswer:
    """Raises ``NotFoundError`` or ``InvalidRequestError``."""
    async with context.store.write() as writing:
        row = await find_account(writing, principal, account_id)
        changed: dict[str, Any] = asked.model_dump(include=asked.model_fields_set - {"connection"})
        if asked.connection is not None:
            connection, secret = _connection(context, principal, row.provider, asked.connection, row.connection)
            if (_native_id(connection) or row.native_id) != row.native_id:
                raise ConflictError("the connection reaches another account; add that one as an account of its own")
            changed["connection"] = connection
            await _keep_secret(context, writing, row, secret)
        await _tell(context, principal, writing, "account.change", account_id, {"fields": sorted(changed)})
        await accounts.change_account(writing, principal.client_id, account_id, changed, context.clock())
        row = await find_account(writing, principal, account_id)
    log.info("account_changed", account_id=account_id, client_id=principal.client_id, fields=sorted(changed))
    return AccountAnswer.of(row)


async def forget(context: Context, principal: Principal, account_id: str) -> None:
    """Delete it, and erase its secret; what scans found stays. Raises ``NotFoundError``."""
    async with context.store.write() as writing:
        row = await find_account(writing, principal, account_id)
        await accounts.delete_account(writing, principal.client_id, account_id)
        details = {"name": row.name, "native_id": row.native_id}
        await _tell(context, principal, writing, "account.delete", account_id, details)
    log.info("account_deleted", account_id=account_id, client_id=principal.client_id)


async def test(context: Context, principal: Principal, account_id: str) -> JobRow:
    """Accept a probe. Raises ``NotFoundError``, or ``ConflictError`` for one that is not active."""
    async with context.store.write() as writing:
        await active_account(writing, principal, account_id)
        await _tell(context, principal, writing, "account.test", account_id)
        return await accept_job(context, principal, writing, "probe", target=account_id)


async def find_account(reading: ReadSession, principal: Principal, account_id: str) -> AccountRow:
    """Raises ``NotFoundError``, also for an account of another client."""
    row = await accounts.get_account(reading, principal.client_id, account_id)
    if row is None:
        raise NotFoundError("account", account_id)
    return row


async def active_account(reading: ReadSession, principal: Principal, account_id: str) -> AccountRow:
    """One that may be reached. Raises ``NotFoundError`` or ``ConflictError``."""
    row = await find_account(reading, principal, account_id)
    if row.status is not AccountStatus.ACTIVE:
        raise ConflictError(f'the account "{row.name}" is {row.status}: nothing reaches it until it is active')
    return row


def _connection(
    context: Context, principal: Principal, provider: str, asked: AccountConnection, old: Connection | None = None
) -> tuple[Connection, Secret | None]:
    """With an external id that we make: the same for as long as the account is reached by a role."""
    given, secrets_given = asked.references(), asked.secrets()
    errors = list(connection_errors(provider, asked.mode, given, principal.client_id, context.settings))
    if asked.mode in MODES[provider]:
        errors += secret_errors(provider, asked.mode, secrets_given)
    if errors:
        raise InvalidRequestError(errors)
    connection = msgspec.convert({"mode": asked.mode, **given}, Connection)
    if asked.mode == "assume_role":
        external_id = (old.external_id if old else None) or secrets.token_urlsafe(EXTERNAL_ID_BYTES)
        connection = msgspec.structs.replace(connection, external_id=external_id)
    return connection, secret_of(secrets_given)


async def _keep_secret(context: Context, writing: WriteSession, row: AccountRow, secret: Secret | None) -> None:
    """In the place of the one before; a mode without a secret leaves none behind."""
    owner = Owner(row.client_id, row.account_id)
    if secret is None:
        await account_secrets.erase_secret(writing, owner)
    else:
        await account_secrets.put_secret(writing, owner, sealed(context, owner, secret), context.clock())


async def _tell(
    context: Context,
    principal: Principal,
    writing: WriteSession,
    action: str,
    account_id: str,
    details: dict[str, Any] | None = None,
) -> None:
    at = context.clock()
    who = principal.client_id, principal.name
    await audit.append(writing, *who, action, account_id, at=at, address=principal.address, details=details)


def _native_id(connection: Connection) -> str | None:
    return connection.role_arn.split(":")[4] if connection.role_arn else connection.account


def _twice(row: AccountRow) -> ConflictError:
    return ConflictError(f"{row.provider} account {row.native_id} was added already; GET /api/v1/accounts finds it")


def _tag(text: str | None) -> tuple[str, str | None] | None:
    if text is None:
        return None
    key, equals, value = text.partition("=")
    return key, value if equals else None
