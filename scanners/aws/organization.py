"""The accounts of an organization: its tree of units, read from the root down, with the tags of each account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from scanners.aws.call import Call
from scanners.aws.calls import AwsCalls
from scanners.aws.paging import pages
from scanners.core.job import Job
from scanners.core.record import Record
from schemas.errors import Denied, InvalidInputError
from schemas.organization import Member, Membership

ROOTS: Final = Call("organizations", "list_roots", "Roots", page_size=20)
UNITS: Final = Call(
    "organizations", "list_organizational_units_for_parent", "OrganizationalUnits", page_size=20, ParentId="{}"
)
ACCOUNTS: Final = Call("organizations", "list_accounts_for_parent", "Accounts", page_size=20, ParentId="{}")
TAGS: Final = Call("organizations", "list_tags_for_resource", "Tags", ResourceId="{}")
OPEN: Final = "ACTIVE"
Unit = tuple[str, str]
"""Id and path."""


async def members(job: Job, root: str | None) -> Membership:
    """All accounts, or those of one unit and below. Raises ``CloudError``, ``InvalidInputError`` for no such unit."""
    calls = AwsCalls(Record(job))
    units = [unit async for unit in _units(calls)]
    chosen = _below(units, root)
    told = [(account, path) for unit_id, path in chosen async for account in _every(calls, ACCOUNTS, unit_id)]
    tags = _Tags(calls)
    found = [await _member(account, path, tags) for account, path in told]
    return Membership(tuple(found), tags.incomplete)


async def _units(calls: AwsCalls) -> AsyncIterator[Unit]:
    """Every unit, each after the one that it is in."""
    waiting: list[Unit] = [(str(one["Id"]), str(one["Name"])) async for one in _every(calls, ROOTS, "")]
    while waiting:
        unit_id, path = waiting.pop(0)
        yield unit_id, path
        waiting += [(str(one["Id"]), f"{path}/{one['Name']}") async for one in _every(calls, UNITS, unit_id)]


def _below(units: list[Unit], root: str | None) -> list[Unit]:
    if root is None:
        return units
    top = next((path for unit_id, path in units if unit_id == root), None)
    if top is None:
        raise InvalidInputError("root", root, "the id of an organizational unit, ou-..., or of the root, r-...")
    return [(unit_id, path) for unit_id, path in units if path == top or path.startswith(f"{top}/")]


async def _every(calls: AwsCalls, call: Call, parent: str) -> AsyncIterator[Mapping[str, Any]]:
    async for page in pages(calls, call.filled(parent)):
        for one in page:
            yield one


class _Tags:
    """The tags of accounts; when they may not be read, that is told once."""

    def __init__(self, calls: AwsCalls) -> None:
        self._calls = calls
        self.incomplete: tuple[str, ...] = ()

    async def of(self, account_id: str) -> dict[str, str]:
        if self.incomplete:
            return {}
        try:
            return {str(one["Key"]): str(one["Value"]) async for one in _every(self._calls, TAGS, account_id)}
        except Denied as error:
            self.incomplete = (f"tags: {error.action} is denied",)
            return {}


async def _member(account: Mapping[str, Any], path: str, tags: _Tags) -> Member:
    state, account_id = str(account.get("State") or account.get("Status")), str(account["Id"])
    closed = None if state == OPEN else f"AWS says {state}"
    told = {} if closed else await tags.of(account_id)
    return Member(account_id, str(account.get("Name") or account_id), path, told, closed)
