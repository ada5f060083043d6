"""The requests that a scan may send to Azure: method, path, body, and the actions that a role must allow for them.

Operations are named ``service:Operation``. Those of ``arm`` and ``resourcegraph`` carry the resource type:
``arm:Microsoft.Compute/disks`` asks the resource provider for its list (in a version of its API that may be named:
``arm:Microsoft.Web/serverfarms@2024-04-01``), ``resourcegraph:Microsoft.Compute/disks`` asks Resource Graph for the
resources of that type with one fixed query. All are reads. Three are sent by POST, because Azure
reads there by POST only: Resource Graph, the batch of metrics, and the query of costs.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

from schemas.errors import ForbiddenOperationError

COLUMNS: Final = (
    "id, name, type, kind, location, resourceGroup, managedBy, sku, plan, zones, tags, identity, properties"
)
PAGE: Final = 1000
"""Rows a page, the most that Resource Graph gives."""


class AzureOperation(NamedTuple):
    """One request. ``{subscription}`` and ``{group}`` (a management group) in the path stand for ids."""

    name: str
    method: str
    path: str
    api_version: str
    actions: tuple[str, ...]
    query: str = ""
    """The one query that may stand in the body, for Resource Graph."""

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is this one."""
        return method == self.method and _pattern(self.path).fullmatch(path) is not None


_READ: Final = "Microsoft.Resources/subscriptions"
_FIXED: Final = {
    "subscriptions:Get": ("GET", "/subscriptions/{subscription}", "2022-12-01", f"{_READ}/read"),
    "subscriptions:List": ("GET", "/subscriptions", "2022-12-01", ""),
    "subscriptions:ListLocations": (
        "GET",
        "/subscriptions/{subscription}/locations",
        "2022-12-01",
        f"{_READ}/locations/read",
    ),
    "managementgroups:ListDescendants": (
        "GET",
        "/providers/Microsoft.Management/managementGroups/{group}/descendants",
        "2020-05-01",
        "Microsoft.Management/managementGroups/descendants/read",
    ),
    "costmanagement:Query": (
        "POST",
        "/subscriptions/{subscription}/providers/Microsoft.CostManagement/query",
        "2025-03-01",
        "Microsoft.CostManagement/query/read",
    ),
    "metrics:GetBatch": (
        "POST",
        "/subscriptions/{subscription}/metrics:getBatch",
        "2024-02-01",
        "Microsoft.Insights/metrics/read",
    ),
}
API_VERSIONS: Final = {"Microsoft.Compute": "2024-03-02", "Microsoft.Network": "2024-05-01"}
"""By resource provider: a version of its API that is asked where no other is named."""
_TYPE: Final = re.compile(r"((Microsoft\.[A-Za-z]+)(?:/[A-Za-z]+)+)(?:@(\d{4}-\d\d-\d\d(?:-preview)?))?")
_SECRET: Final = re.compile(
    r"/(secrets?|keys|certificates|config|configurationStores/keyValues|publishingCredentials|credentials|content)$",
    re.IGNORECASE,
)
"""Types whose lists hold what customers keep secret."""


@cache
def azure_operation(name: str) -> AzureOperation:
    """The request of this name. Raises ``ForbiddenOperationError`` for one that a scan may not send."""
    if name in _FIXED:
        method, path, version, action = _FIXED[name]
        return AzureOperation(name, method, path, version, (action,) if action else ())
    service, _, rest = name.partition(":")
    found = _TYPE.fullmatch(rest)
    if service not in {"arm", "resourcegraph"} or found is None:
        raise ForbiddenOperationError(f"{name} is no read that a scan of Azure knows")
    resource_type, namespace, version = found.groups()
    if _SECRET.search(resource_type):
        raise ForbiddenOperationError(f"{name} returns customers' content or secrets")
    if service == "resourcegraph":
        return _inventory(name, resource_type)
    chosen: str | None = version or API_VERSIONS.get(namespace)
    if chosen is None:
        raise ForbiddenOperationError(f"{name} names no version of the API of {namespace} (api_version)")
    path = f"/subscriptions/{{subscription}}/providers/{resource_type}"
    return AzureOperation(name, "GET", path, chosen, (f"{resource_type}/read",))


def _inventory(name: str, resource_type: str) -> AzureOperation:
    return AzureOperation(
        name,
        "POST",
        "/providers/Microsoft.ResourceGraph/resources",
        "2021-03-01",
        ("Microsoft.ResourceGraph/resources/read", f"{resource_type}/read"),
        query=f"Resources | where type =~ '{resource_type}' | project {COLUMNS} | order by id asc",
    )


@cache
def _pattern(path: str) -> re.Pattern[str]:
    literal = re.escape(path).replace(r"\{subscription\}", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    literal = literal.replace(r"\{group\}", r"[A-Za-z0-9_.()-]{1,90}")
    return re.compile(literal, re.IGNORECASE)
