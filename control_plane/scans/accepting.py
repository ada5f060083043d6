"""Accepting scans: the row is the outbox, and a request that is repeated with its key is the same request."""

from __future__ import annotations

import hashlib
import json
from itertools import count
from typing import Any, NamedTuple

import msgspec
import structlog

from control_plane.accounts.service import active_account
from control_plane.audit.record import record
from control_plane.context import Context
from control_plane.errors import ConflictError
from control_plane.principal import Principal
from control_plane.scans.checks import to_spec
from control_plane.scans.request import ScanRequest
from schemas.instruments import SCANS_ACCEPTED
from schemas.scan import ScanSpec
from schemas.states import ScanStatus
from schemas.tracing import traceparent
from stores import ReadSession, WriteSession, idempotency, scans
from stores.idempotency import KeptKey

log = structlog.get_logger("control_plane")


class Accepted(NamedTuple):
    """What is answered; ``replayed`` when the key of the request stood for this scan already."""

    spec: ScanSpec
    status: ScanStatus = ScanStatus.QUEUED
    replayed: bool = False


async def accept(context: Context, principal: Principal, asked: ScanRequest, key: str | None = None) -> Accepted:
    """Store the scan: nothing else needs to be up.

    Raises ``InvalidRequestError``, ``ConflictError``, or ``NotFoundError`` for an account that is not there.
    """
    asof = context.settings.fixed_now or context.clock()
    async with context.store.write() as writing:
        account = await active_account(writing, principal, asked.account) if asked.account else None
        spec = to_spec(asked, "", principal.client_id, asof, context.settings, account)
        request = fingerprint(asked.model_dump(exclude_defaults=True))
        return await store_once(context, principal, writing, spec, key, request)


async def store_once(
    context: Context, principal: Principal, writing: WriteSession, spec: ScanSpec, key: str | None, request: str
) -> Accepted:
    """Store the scan under a free id, unless the key stands for one. Raises ``ConflictError`` for another request."""
    scan_id = await _free_id(context, writing)
    if key is not None:
        wanted = KeptKey(scan_id, request)
        if not await idempotency.take_key(writing, spec.client_id, key, wanted, context.clock()):
            return await _replayed(writing, spec.client_id, key, request)
    spec = msgspec.structs.replace(spec, scan_id=scan_id, traceparent=traceparent())
    await scans.insert_scan(writing, spec, context.clock())
    await record(writing, context, principal, "scan.create", f"scan:{scan_id}", provider=spec.provider)
    SCANS_ACCEPTED.labels(spec.provider).inc()
    log.info("scan_accepted", scan_id=scan_id, client_id=spec.client_id, mode=spec.connection.mode)
    return Accepted(spec)


def fingerprint(request: Any) -> str:  # noqa: ANN401 - any JSON value
    """The same for requests that ask for the same, however they are written."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


async def _replayed(reading: ReadSession, client_id: str, key: str, request: str) -> Accepted:
    kept = await idempotency.find_key(reading, client_id, key)
    row = await scans.get_scan(reading, client_id, kept.scan_id) if kept else None
    if kept is None or row is None or kept.fingerprint != request:
        raise ConflictError(f'Idempotency-Key "{key}" stands for another request; give each request a key of its own')
    return Accepted(row.spec, row.status, replayed=True)


async def _free_id(context: Context, reading: ReadSession) -> str:
    for ordinal in count(1):
        candidate = context.scan_id(ordinal)
        if await scans.get_scan(reading, None, candidate) is None:
            return candidate
    raise AssertionError("unreachable: count() has no end")
