"""Google Cloud operations by what they may do: only those listed here may be called, and each is a read.

Services are named as their hosts are (``cloudasset`` of ``cloudasset.googleapis.com``), operations as their protocol
definitions do (``ListAssets``). IAM permissions of Google Cloud cannot be derived from a name: they are listed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from schemas.errors import ForbiddenOperationError

PERMISSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "cloudasset:ListAssets": ("cloudasset.assets.listResource",),
    "monitoring:ListTimeSeries": ("monitoring.timeSeries.list",),
}
"""What each operation needs, by Google's reference of the API. What is missing here may not be called."""

GRPC_SERVICES: Final[Mapping[str, str]] = {
    "google.cloud.asset.v1.AssetService": "cloudasset",
    "google.monitoring.v3.MetricService": "monitoring",
}
"""The service of each gRPC interface."""

_READ_VERB: Final = re.compile(r"(Aggregated|BatchGet|Get|List|Query|Search)[A-Z]")
_CONTENT: Final = re.compile(
    r"(Access|Get)Secret|Generate\w*Token|Sign(Blob|Jwt)|(Get|Read|List)(Object|Rows?|TableData|LogEntries|Messages?)"
    r"|GetQueryResults|GetSerialPortOutput|GetScreenshot|GetServiceAccountKey|Pull$|ReadModifyWrite|ExportAssets"
)


def is_gcp_read(operation: str) -> bool:
    """True when the operation's verb is that of a read."""
    return bool(_READ_VERB.match(operation))


def returns_gcp_content(operation: str) -> bool:
    """True when the answer holds customers' content, a secret, or a token that opens one."""
    return bool(_CONTENT.match(operation))


def gcp_permissions(service: str, operation: str) -> tuple[str, ...]:
    """The IAM permissions that an operation needs. Raises ``ForbiddenOperationError`` for one that is not known."""
    check_gcp_declaration(service, operation)
    return PERMISSIONS[f"{service}:{operation}"]


def gcp_operation(method: str) -> tuple[str, str]:
    """Service and operation of a gRPC method (``/google.cloud.asset.v1.AssetService/ListAssets``)."""
    interface, _, operation = method.lstrip("/").partition("/")
    return GRPC_SERVICES.get(interface, interface), operation


def check_gcp_declaration(service: str, operation: str) -> None:
    """Refuse an operation that could change something or return content: ``ForbiddenOperationError``."""
    name = f"{service}:{operation}"
    if returns_gcp_content(operation):
        raise ForbiddenOperationError(f"{name} returns customers' content or secrets")
    if not is_gcp_read(operation):
        raise ForbiddenOperationError(f"{name} is not a read-only operation")
    if name not in PERMISSIONS:
        raise ForbiddenOperationError(f"{name} is not known to be a read: its permissions are not listed")
