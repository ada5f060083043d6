"""The readers by the name that people type."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING, Final

from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from finops.readers.protocol import Reader

READERS: Final = {
    "aws-ce": "aws_ce:AwsCostExplorer",
    "aws-cur": "aws_cur:AwsCur",
    "azure-export": "azure_export:AzureExport",
    "azure-query": "azure_query:AzureQuery",
    "gcp-export": "gcp_export:GcpExport",
    "focus": "focus_file:FocusFile",
}


def reader(name: str) -> Reader:
    """Raises ``InvalidInputError`` for a name that nobody knows, with the nearest one."""
    if name not in READERS:
        near = difflib.get_close_matches(name, READERS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InvalidInputError("source", name, f"{hint}allowed: {', '.join(READERS)}")
    module, _, kind = READERS[name].partition(":")
    made: Reader = getattr(importlib.import_module(f"finops.readers.{module}"), kind)()
    return made
