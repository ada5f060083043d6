"""Discover: the accounts of an organization become accounts of the client. Asking again changes only what changed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from data_plane.jobs import Work
from scanners.core.run import list_members, run_task
from schemas.account import AccountStatus
from schemas.catalogue import expand_services
from schemas.errors import NoAccess
from schemas.event import CATEGORIES, Event
from schemas.organization import OPERATIONS, DiscoverySpec, Member, Membership
from schemas.scan import Connection, Discovery, ScanSpec, TaskSpec
from stores import WriteSession, accounts, audit
from stores.accounts import AccountFilters, AccountRow

_ACCOUNTS: Final = uuid.UUID("1f0a3c66-7a55-5d4e-8f5b-9f6f0c2b7d10")


@dataclass
class _Result:
    """What the job tells."""

    created: list[dict[str, Any]] = field(default_factory=list)
    known: list[dict[str, Any]] = field(default_factory=list)
    closed: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, Any]] = field(default_factory=list)
    incomplete: tuple[str, ...] = ()


async def discover(work: Work) -> dict[str, Any]:
    """Raises ``CloudError`` where the organization cannot be seen, ``InvalidInputError`` for a root that is none."""
    async with work.backbone.store.read() as reading:
        through = await accounts.get_account(reading, work.job.client_id, work.job.target)
    if through is None:
        raise NoAccess("the account was deleted")
    asked = msgspec.convert(work.job.spec, DiscoverySpec)
    identity, membership = await _ask(work, through, asked)
    result = _Result(incomplete=membership.incomplete)
    async with work.backbone.store.write() as writing:
        keeper = _Keeper(writing, through, asked, identity, work.backbone.clock(), result)
        for member in membership.members:
            await keeper.keep(member)
        await _tell(writing, work, result)
    return msgspec.to_builtins(result)  # type: ignore[no-any-return]


async def _ask(work: Work, through: AccountRow, asked: DiscoverySpec) -> tuple[Discovery, Membership]:
    scan = _scan(work, through)
    task = TaskSpec(scan=scan, task_id=scan.scan_id, kind="discover", attempt=work.job.attempt)
    ways = {"still_ours": work.still_ours, "limits": work.limits, "clock": work.backbone.clock}
    async with work.connections.of(scan, *OPERATIONS[through.provider]) as clients:
        told = (await run_task(task, clients, emit=_drop, **ways)).discovery  # type: ignore[arg-type]
        assert told is not None
        known = msgspec.structs.replace(
            task,
            account_id=told.account_id,
            partition=told.partition,
            principal=told.principal,
            region=HOME.get(told.partition, "global"),
        )
        return told, await list_members(known, clients, asked.root, **ways)  # type: ignore[arg-type]


SEALED: Final = frozenset({"service_principal", "service_account_key"})
"""Modes whose secret stands sealed with one account, and opens others too."""
HOME: Final = {"aws": "us-east-1", "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1"}
"""By partition: where AWS Organizations answers."""


def _scan(work: Work, through: AccountRow) -> ScanSpec:
    """Sessions are named after the job."""
    return ScanSpec(
        scan_id=f"discover-{work.job.job_id}",
        client_id=through.client_id,
        provider=through.provider,
        connection=through.connection,
        services=expand_services(through.provider, None)[:1],
        regions=None,
        categories=CATEGORIES,
        resource_ids=None,
        lookback_days=1,
        asof=work.backbone.clock(),
        account=through.account_id,
    )


@dataclass
class _Keeper:
    """Writes down the members of one organization."""

    writing: WriteSession
    through: AccountRow
    asked: DiscoverySpec
    identity: Discovery
    now: datetime
    result: _Result

    async def keep(self, member: Member) -> None:
        """Make it, change it, close it, or leave it out."""
        told = {"native_id": member.native_id, "name": member.name, "unit_path": member.unit_path}
        row = await self._find(member.native_id)
        if row is None and member.closed:
            self.result.left_out.append({**told, "reason": member.closed})
        elif row is None:
            made = self._row(member)
            await accounts.insert_account(self.writing, made)
            self.result.created.append({**told, "account_id": made.account_id})
        else:
            changed = await self._change(row, member)
            kept = {**told, "account_id": row.account_id, "changed": sorted(changed)}
            if member.closed:
                self.result.closed.append({**kept, "reason": member.closed})
            else:
                self.result.known.append(kept)

    async def _find(self, native_id: str) -> AccountRow | None:
        wanted = AccountFilters(provider=self.through.provider, native_id=native_id)
        found = await accounts.find_accounts(self.writing, self.through.client_id, wanted, limit=1)
        return found[0] if found else None

    async def _change(self, row: AccountRow, member: Member) -> Mapping[str, Any]:
        """Where it is and its tags follow the cloud; tags that people gave it stay, and so does a suspension."""
        told: dict[str, Any] = {"tags": {**row.tags, **member.tags}, "unit_path": member.unit_path or row.unit_path}
        if member.closed:
            told = {"status": AccountStatus.CLOSED}
        elif row.status is AccountStatus.CLOSED:
            told["status"] = AccountStatus.ACTIVE
        changed = {name: value for name, value in told.items() if getattr(row, name) != value}
        if changed:
            await accounts.change_account(self.writing, row.client_id, row.account_id, changed, self.now)
        return changed

    def _row(self, member: Member) -> AccountRow:
        key = f"{self.through.client_id}/{self.through.provider}/{member.native_id}"
        return AccountRow(
            account_id=uuid.uuid5(_ACCOUNTS, key).hex,
            client_id=self.through.client_id,
            provider=self.through.provider,
            native_id=member.native_id,
            name=member.name,
            connection=connection_of(
                self.through.connection, self.through.account_id, member.native_id, self.identity, self.asked
            ),
            tags=dict(member.tags),
            group=self.asked.group,
            unit_path=member.unit_path or None,
            status=AccountStatus.ACTIVE,
            created_at=self.now,
            updated_at=self.now,
        )


def connection_of(
    through: Connection, found_by: str, native_id: str, identity: Discovery, asked: DiscoverySpec
) -> Connection:
    """How a member is reached: as the account through which it was found, there by its own role, here by its own id.

    The external id is the same in the whole organization: one template, deployed to all, asks for it.
    """
    if through.mode in SEALED:
        through = msgspec.structs.replace(through, secret_of=through.secret_of or found_by)
    if through.role_arn is None:
        return msgspec.structs.replace(through, account=native_id)
    arn = f"arn:{identity.partition}:iam::{native_id}:role/{asked.role_name}"
    return msgspec.structs.replace(through, role_arn=arn)


async def _tell(writing: WriteSession, work: Work, result: _Result) -> None:
    counts = {name: len(getattr(result, name)) for name in ("created", "known", "closed", "left_out")}
    client_id, now = work.job.client_id, work.backbone.clock()
    actor, target = f"job {work.job.job_id}", work.job.target
    await audit.append(writing, client_id, actor, "organization.discover", target, at=now, details=counts)


async def _drop(events: Sequence[Event]) -> None:
    """A discovery tells its own result only."""
