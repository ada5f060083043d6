"""Secrets do not belong into a request: how they are recognized, by the name of a field or by their own shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic_core import PydanticCustomError

SECRET_MATERIAL: Final = "secret_material"  # noqa: S105 - the type of an error

_NAMES: Final = re.compile(
    "secret|passw(or)?d|passphrase|token|privatekey|accesskey|apikey|sessionkey|accountkey|sharedkey|credential"
    "|certificate|connectionstring|sastoken|authorization|bearer"
)
_SHAPES: Final = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"  # AWS access key ids, long-lived and temporary
    r"|-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE)"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*"  # JSON web tokens
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}"
    r"|\bAIza[\w-]{35}"
)
_SECRET_ACCESS_KEY: Final = re.compile(r"[A-Za-z0-9/+]{40}")


def looks_secret(text: str) -> bool:
    """Whether the text has the shape of a key, a token or a secret access key."""
    return bool(_SHAPES.search(text)) or _is_secret_access_key(text)


def secret_places(body: object) -> Iterator[str]:
    """Where secret material stands in a decoded JSON body, as paths; never what it is."""
    waiting: list[tuple[str, object]] = [("", body)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, Mapping):
            for name, inner in value.items():
                shown = f"{path}.{_shown(name)}".removeprefix(".")
                if _named_secret(name) or looks_secret(str(name)):
                    yield shown
                else:
                    waiting.append((shown, inner))
        elif isinstance(value, list):
            waiting += [(f"{path}[{number}]", inner) for number, inner in enumerate(value)]
        elif isinstance(value, str) and looks_secret(value):
            yield path


def refuse_secrets(body: Any) -> Any:  # noqa: ANN401 - whatever came in
    """Raises an error that names the places and repeats no value."""
    places = sorted(secret_places(body))
    if places:
        raise PydanticCustomError(
            SECRET_MATERIAL,
            "no secrets in a request: it was neither stored nor logged. Use mode profile or assume_role, which refer "
            "to credentials instead; if this one is real, rotate it",
            {"field": places[0]},
        )
    return body


def _named_secret(name: object) -> bool:
    return bool(_NAMES.search(re.sub(r"[^a-z]", "", str(name).lower())))


def _shown(name: object) -> str:
    text = str(name)
    return "(a name)" if looks_secret(text) or len(text) > 60 else text  # noqa: PLR2004 - what a line has room for


def _is_secret_access_key(text: str) -> bool:
    """Forty characters of base64 with small and capital letters and digits; a SHA-1 does not mix its case."""
    return bool(_SECRET_ACCESS_KEY.fullmatch(text)) and all(
        any(map(kind, text)) for kind in (str.islower, str.isupper, str.isdigit)
    )
