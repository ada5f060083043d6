"""The projects of an organization or of a folder, with the folders that they are in, by the inventory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scanners.core.job import Job
from scanners.core.record import Record
from scanners.gcp.call import LIST_ASSETS
from scanners.gcp.calls import GcpCalls
from scanners.gcp.paging import pages
from schemas.errors import InvalidInputError
from schemas.organization import Member, Membership

PROJECT: Final = "cloudresourcemanager.googleapis.com/Project"
FOLDER: Final = "cloudresourcemanager.googleapis.com/Folder"
OPEN: Final = "ACTIVE"
PAGE_SIZE: Final = 1000


async def members(job: Job, root: str | None) -> Membership:
    """Raises ``CloudError``; ``InvalidInputError`` without a root, which Google Cloud needs."""
    if root is None:
        raise InvalidInputError("root", root, "organizations/NUMBER or folders/NUMBER")
    calls = GcpCalls(Record(job))
    folders = {_id(one): one for one in await _every(calls, root, FOLDER)}
    projects = await _every(calls, root, PROJECT)
    return Membership(tuple(_member(one, _path(_parent(one), folders, root)) for one in projects))


async def _every(calls: GcpCalls, root: str, kind: str) -> list[Mapping[str, Any]]:
    found = pages(calls, LIST_ASSETS, parent=root, asset_types=[kind], page_size=PAGE_SIZE)
    return [one async for page in found for one in page]


def _id(asset: Mapping[str, Any]) -> str:
    """``folders/1``, of the full name of an asset."""
    return "/".join(str(asset["assetName"]).rsplit("/", 2)[-2:])


def _parent(asset: Mapping[str, Any]) -> str:
    """``folders/1``: a text in the newer form of Resource Manager's answers, an object in the older."""
    parent = asset.get("parent") or ""
    return f"{parent['type']}s/{parent['id']}" if isinstance(parent, Mapping) else str(parent)


def _path(parent: str, folders: Mapping[str, Mapping[str, Any]], root: str) -> str:
    if parent == root or parent not in folders:
        return root
    folder = folders[parent]
    return f"{_path(_parent(folder), folders, root)}/{folder.get('displayName') or parent}"


def _member(asset: Mapping[str, Any], path: str) -> Member:
    state, native_id = str(asset.get("lifecycleState") or asset.get("state")), str(asset["projectId"])
    closed = None if state == OPEN else f"Google Cloud says {state}"
    name = str(asset.get("displayName") or asset.get("name") or native_id)
    return Member(
        native_id, native_id if name.startswith("projects/") else name, path, asset.get("labels") or {}, closed
    )
