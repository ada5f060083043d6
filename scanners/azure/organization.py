"""The subscriptions of a tenant, or of a management group and all groups below it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from scanners.azure.call import Call
from scanners.azure.calls import AzureCalls
from scanners.core.job import Job
from scanners.core.record import Record
from schemas.errors import Fatal
from schemas.organization import Member, Membership

SUBSCRIPTIONS: Final = Call("subscriptions:List")
DESCENDANTS: Final = Call("managementgroups:ListDescendants")
OPEN: Final = frozenset({"Enabled", "Warned", "PastDue"})
"""States in which a subscription can be read."""
TOKEN: Final = "$skiptoken"  # noqa: S105 - a parameter's name


async def members(job: Job, root: str | None) -> Membership:
    """Those that the credentials reach. Raises ``CloudError``, also for a management group that is not there."""
    calls = AzureCalls(Record(job))
    seen = {str(one["subscriptionId"]).lower(): one for one in await _every(calls, SUBSCRIPTIONS)}
    if root is None:
        return Membership(tuple(_member(native_id, one, "") for native_id, one in sorted(seen.items())))
    paths = _paths(await _every(calls, DESCENDANTS, group=root), root)
    found = tuple(_member(native_id, seen[native_id], path) for native_id, path in paths.items() if native_id in seen)
    unseen = [f"subscription {native_id}: no role reads it" for native_id in paths if native_id not in seen]
    return Membership(found, tuple(unseen))


async def _every(calls: AzureCalls, call: Call, **arguments: str) -> list[Mapping[str, Any]]:
    """All pages. Raises ``Fatal`` when the same token comes twice."""
    items: list[Mapping[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        answer = await calls(call, **arguments, **token)
        items += answer.get("value", [])
        following = {
            name: value
            for name, value in parse_qsl(urlsplit(str(answer.get("nextLink") or "")).query)
            if name.lower() == TOKEN
        }
        if not following:
            return items
        if following == token:
            raise Fatal("the same page token twice", service=call.service, operation=call.operation, region="global")
        token = following


def _paths(descendants: list[Mapping[str, Any]], root: str) -> dict[str, str]:
    """By subscription: the names of the groups that it is in, from the root down."""
    groups = {str(one["name"]): one["properties"] for one in descendants if _is_group(one)}

    def path(name: str) -> str:
        if name not in groups:
            return root
        return f"{path(_parent(groups[name]))}/{groups[name].get('displayName') or name}"

    return {str(one["name"]).lower(): path(_parent(one["properties"])) for one in descendants if not _is_group(one)}


def _is_group(one: Mapping[str, Any]) -> bool:
    return str(one["type"]).lower().endswith("managementgroups")


def _parent(properties: Mapping[str, Any]) -> str:
    return str(properties["parent"]["id"]).rpartition("/")[2]


def _member(native_id: str, one: Mapping[str, Any], path: str) -> Member:
    state = str(one.get("state"))
    closed = None if state in OPEN else f"Azure says {state}"
    return Member(native_id, str(one.get("displayName") or native_id), path, one.get("tags") or {}, closed)
