"""What a raw answer loses before it is kept: secrets, by the API's model, by the name of a field, by their shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from schemas.secrets import looks_secret, named_secret

REMOVED: Final = "(removed)"
_CONTENT: Final = re.compile("userdata|environment|variables|^metadata$|^commoninstancemetadata$")
"""Fields that hold the customer's own content, in which secrets stand in the clear: start-up scripts, for example."""
_WITH_PASSWORD: Final = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


def redacted(value: Any, shape: Any = None, *, hidden: bool = False) -> Any:  # noqa: ANN401 - any answer
    """The value without secrets. ``shape`` is botocore's, where there is one; ``hidden`` removes every text below."""
    if getattr(shape, "metadata", {}).get("sensitive"):
        return REMOVED
    if isinstance(value, Mapping):
        hidden = hidden or _names_a_secret(value)
        return {
            str(name): redacted(inner, _member(shape, name), hidden=hidden or _tells(name))
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted(one, getattr(shape, "member", None), hidden=hidden) for one in value]
    if isinstance(value, str):
        return REMOVED if value and (hidden or looks_secret(value) or _WITH_PASSWORD.search(value)) else value
    return REMOVED if isinstance(value, bytes | bytearray) else value


def _tells(name: object) -> bool:
    plain = re.sub(r"[^a-z]", "", str(name).lower())
    return named_secret(name) or bool(_CONTENT.search(plain))


def _names_a_secret(pair: Mapping[Any, Any]) -> bool:
    """Tags and variables: ``{"Key": "db-password", "Value": …}``."""
    names = [value for name, value in pair.items() if str(name).lower() in {"key", "name"} and isinstance(value, str)]
    return any(str(name).lower() == "value" for name in pair) and any(named_secret(name) for name in names)


def _member(shape: Any, name: object) -> Any:  # noqa: ANN401 - botocore's
    members = getattr(shape, "members", None)
    return members.get(name) if members else getattr(shape, "value", None)
