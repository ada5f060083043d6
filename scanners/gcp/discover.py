"""The first task of a scan: which project, who we are, which regions there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Protocol, cast

import msgspec

from scanners.core.clients import Clients
from scanners.core.job import Job
from scanners.core.record import Record
from scanners.gcp import home_region
from scanners.gcp.call import LIST_ASSETS
from scanners.gcp.calls import GcpCalls
from scanners.gcp.regions import known_regions
from schemas.errors import CloudError, NoAccess, Retriable, Unreachable
from schemas.scan import Discovery, TaskOutcome

PROJECT: Final = "cloudresourcemanager.googleapis.com/Project"
PARTITION: Final = "gcp"


class GcpClients(Clients, Protocol):
    """Clients that know their project."""

    async def identity(self) -> tuple[str, str]:
        """The project and the principal. Raises ``NoAccess``."""


async def discover(job: Job) -> TaskOutcome:
    """Project and principal. Raises ``CloudError`` when there are no credentials or nothing answers.

    The project is asked of the inventory itself, so that a scan needs one API less. When that is denied the name that
    was given is taken, and each listing tells what is missing.
    """
    project, principal = await cast("GcpClients", job.clients).identity()
    task = msgspec.structs.replace(
        job.task, region=home_region(PARTITION), account_id=project, principal=principal, partition=PARTITION
    )
    record = Record(replace(job, task=task))
    told = await _project(GcpCalls(record), project)
    found = Discovery(str(told.get("projectId", project)), principal, PARTITION, known_regions())
    return record.outcome(found)


async def _project(calls: GcpCalls, project: str) -> Mapping[str, Any]:
    try:
        page = await calls(LIST_ASSETS, parent=f"projects/{project}", asset_types=[PROJECT])
    except (NoAccess, Retriable, Unreachable):
        raise
    except CloudError:
        return {}
    items: list[Mapping[str, Any]] = page["items"]
    return items[0] if items else {}
