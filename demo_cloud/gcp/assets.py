"""Cloud Asset Inventory: ListAssets over the world, cut into pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from google.cloud.asset_v1.types import Asset, ContentType, ListAssetsRequest, ListAssetsResponse

from demo_cloud.gcp.bodies import address_body, disk_body, machine_body, project_body, snapshot_body
from demo_cloud.gcp.refusal import Refusal
from demo_cloud.gcp.world import PROJECT, PROJECT_NUMBER, Body, World

MOST: Final = 1000
BY_DEFAULT: Final = 100
MANAGER: Final = "//cloudresourcemanager.googleapis.com/projects"
COMPUTE: Final = "compute.googleapis.com/"

ORGANIZATION: Final = "organizations/880000000001"
FOLDER: Final = "folders/880011223344"


class Assets:
    """Every asset of one world, by type."""

    def __init__(self, world: World, page_size: int) -> None:
        self._page_size = page_size
        project = _asset(
            "cloudresourcemanager.googleapis.com/Project", f"{MANAGER}/{PROJECT_NUMBER}", "global", project_body()
        )
        self._assets: dict[str, list[Asset]] = {project.asset_type: [project]}
        for kind, path, location, body in _resources(world):
            name = f"//compute.googleapis.com/projects/{PROJECT}/{path}"
            self._assets.setdefault(COMPUTE + kind, []).append(_asset(COMPUTE + kind, name, location, body))

    def answer(self, request: ListAssetsRequest) -> ListAssetsResponse:
        """One page. Raises ``Refusal``."""
        if request.parent in {ORGANIZATION, FOLDER}:
            return ListAssetsResponse(assets=[one for one in _organization() if one.asset_type in request.asset_types])
        if request.parent not in {f"projects/{PROJECT}", f"projects/{PROJECT_NUMBER}"}:
            raise Refusal("PERMISSION_DENIED", f"The caller has no access to {request.parent}, or it does not exist.")
        unknown = [name for name in request.asset_types if name not in self._assets]
        if unknown or not request.asset_types or request.content_type != ContentType.RESOURCE:
            raise Refusal("INVALID_ARGUMENT", f"Not in the demo: {unknown or 'this content type'}.")
        if not 0 <= request.page_size <= MOST:
            raise Refusal("INVALID_ARGUMENT", f"page_size must be at most {MOST}.")
        every = [asset for name in request.asset_types for asset in self._assets[name]]
        first = int(request.page_token or 0)
        last = first + min(self._page_size, request.page_size or BY_DEFAULT)
        following = str(last) if last < len(every) else ""
        return ListAssetsResponse(assets=every[first:last], next_page_token=following)


def _organization() -> Iterator[Asset]:
    """One folder, the demo's project in it, and beside it one that is being deleted."""
    kind, manager = "cloudresourcemanager.googleapis.com", "//cloudresourcemanager.googleapis.com"
    folder = {"name": FOLDER, "displayName": "Shops", "parent": ORGANIZATION, "lifecycleState": "ACTIVE"}
    yield _asset(f"{kind}/Folder", f"{manager}/{FOLDER}", "global", folder)
    yield _asset(
        f"{kind}/Project", f"{MANAGER}/{PROJECT_NUMBER}", "global", {**project_body(), "labels": {"team": "shop"}}
    )
    gone = {"projectId": "old-demo-1", "projectNumber": "471100000043", "lifecycleState": "DELETE_REQUESTED"}
    parent = {"parent": {"type": "organization", "id": ORGANIZATION.rpartition("/")[2]}}
    yield _asset(f"{kind}/Project", f"{MANAGER}/471100000043", "global", {**gone, **parent, "name": "Old demo"})


def _resources(world: World) -> Iterator[tuple[str, str, str, Body]]:
    """Type, path, location and body of every resource of Compute Engine."""
    yield from (("Instance", one.path, one.zone, machine_body(world, one)) for one in world.machines)
    yield from (("Disk", one.path, one.place, disk_body(world, one)) for one in world.disks)
    yield from (("Snapshot", one.path, "global", snapshot_body(world, one)) for one in world.snapshots)
    yield from (("Address", one.path, one.region, address_body(world, one)) for one in world.addresses)


def _asset(kind: str, name: str, location: str, body: Body) -> Asset:
    return Asset(
        name=name,
        asset_type=kind,
        ancestors=[f"projects/{PROJECT_NUMBER}", "folders/880011223344"],
        resource={
            "version": "v1",
            "discovery_document_uri": "https://www.googleapis.com/discovery/v1/apis/compute/v1/rest",
            "discovery_name": kind.rpartition("/")[2],
            "parent": f"{MANAGER}/{PROJECT_NUMBER}",
            "location": location,
            "data": body,
        },
    )
