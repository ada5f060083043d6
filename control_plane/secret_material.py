"""Secrets do not belong into a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic_core import PydanticCustomError

from schemas.secrets import looks_secret, named_secret

SECRET_MATERIAL: Final = "secret_material"  # noqa: S105 - the type of an error


def secret_places(body: object) -> Iterator[str]:
    """Where secret material stands in a decoded JSON body, as paths; never what it is."""
    waiting: list[tuple[str, object]] = [("", body)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, Mapping):
            for name, inner in value.items():
                shown = f"{path}.{_shown(name)}".removeprefix(".")
                if named_secret(name) or looks_secret(str(name)):
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


def _shown(name: object) -> str:
    text = str(name)
    return "(a name)" if looks_secret(text) or len(text) > 60 else text  # noqa: PLR2004 - what a line has room for
