"""An asset as a unit reads it: the resource's own data, its names made comparable, its secrets left out.

The data are those of the resource's REST API, so facts are paths as its reference has them (``sizeGb``). Beside them
stand ``assetName`` (the full resource name, the id of everything) and ``location``. An address of another resource
(``https://www.googleapis.com/compute/v1/projects/p/…``) becomes its full resource name, so that relations meet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_ADDRESS: Final = re.compile(r"https://(?:www|(\w+))\.googleapis\.com/(\w+)/(?:v1|beta|alpha)/(projects/\S+)")
METADATA: Final = frozenset({"metadata", "commonInstanceMetadata"})
HARMLESS: Final = frozenset({"created-by"})
"""Metadata of an instance whose value is kept: which group made it. All others may be scripts, keys and passwords."""


def answer_of(asset: Mapping[str, Any]) -> dict[str, Any]:
    """The data of one asset, with its name and location. An asset without a resource has only its name."""
    resource = asset.get("resource", {})
    data = {name: _plain(name, value) for name, value in resource.get("data", {}).items()}
    return {**data, "assetName": asset.get("name"), "location": resource.get("location", "")}


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    match value:
        case str():
            return full_name(value)
        case float():
            return int(value) if value.is_integer() else value
        case list():
            return [_plain(name, one) for one in value]
        case dict() if name in METADATA:
            return _without_values(value)
        case dict():
            return {key: _plain(key, one) for key, one in value.items()}
        case _:
            return value


def _without_values(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Keys, and the few values that are no secret: what is not kept here reaches neither disk nor event."""
    items = metadata.get("items") or []
    return {"items": [one if one.get("key") in HARMLESS else {"key": one.get("key")} for one in items]}


def full_name(text: str) -> str:
    """The full resource name that an address stands for; any other text as it is."""
    found = _ADDRESS.fullmatch(text)
    return f"//{found[1] or found[2]}.googleapis.com/{found[3]}" if found else text
