"""The read-only guard of Azure: a policy in the pipeline of every client, which refuses a request before it is sent."""

from __future__ import annotations

import json
import re
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

from schemas.azure_operations import AzureOperation, azure_operation
from schemas.errors import ForbiddenOperationError

_SECRET: Final = re.compile(
    r"/(list\w*(keys?|secrets?|credentials?|sas|connectionstrings?|tokens?|accesskeys?)|publishxml|getaccess\w*"
    r"|retrieveBootDiagnosticsData)$",
    re.IGNORECASE,
)
"""Actions that hand out keys, tokens, or addresses that open content."""


class AzureGuard(SansIOHTTPPolicy[Any, Any]):
    """Lets through what is declared, to the hosts of the cloud only. Stands before the token is put on."""

    def __init__(self, operations: frozenset[str], origin: str) -> None:
        super().__init__()
        self._declared = [azure_operation(name) for name in sorted(operations)]
        self._origin = _origin(origin)

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Raises ``ForbiddenOperationError``."""
        sent = request.http_request
        self.check(sent.method, sent.url, sent.content)

    def check(self, method: str, url: str, body: Any) -> None:  # noqa: ANN401 - as the SDK holds it
        """Raises ``ForbiddenOperationError`` for whatever is not one of the declared reads."""
        path = urlsplit(url).path
        what = f"{method} {path}"
        if _origin(url) != self._origin:
            raise ForbiddenOperationError(f"{what}: {_origin(url)} is not {self._origin}, which the token is for")
        if _SECRET.search(path):
            raise ForbiddenOperationError(f"{what} returns keys or secrets")
        if self.declared(method, path, body) is None:
            raise ForbiddenOperationError(f"{what} is declared by no scanner of this scan")

    def declared(self, method: str, path: str, body: Any) -> AzureOperation | None:  # noqa: ANN401 - as the SDK holds it
        """The declared operation that a request is."""
        return next((one for one in self._declared if one.matches(method, path) and _asks(one, body)), None)


def _asks(operation: AzureOperation, body: Any) -> bool:  # noqa: ANN401
    """Whether a body asks Resource Graph for just what the operation may ask."""
    if not operation.query:
        return True
    asked = json.loads(body) if isinstance(body, str | bytes) else body
    return isinstance(asked, dict) and asked.get("query") == operation.query


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
