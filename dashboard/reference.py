"""The page at ``/docs``: the API as its OpenAPI description tells it, without scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from dashboard.pages import PAGES


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter of a query, path or header, or one field of a body."""

    name: str
    place: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked for. ``example``: a body as JSON text."""

    method: str
    path: str
    summary: str
    description: str
    fields: tuple[Field, ...]
    example: str | None
    answers: tuple[tuple[str, str], ...]


def render(described: Mapping[str, Any]) -> str:
    """The page as HTML, from an OpenAPI description."""
    return PAGES.get_template("reference.html").render(
        title=described["info"]["title"], version=described["info"]["version"], operations=list(operations(described))
    )


def operations(described: Mapping[str, Any]) -> Iterator[Operation]:
    """All operations in the order of the description."""
    for path, methods in described["paths"].items():
        for method, told in methods.items():
            body = _body(described, told)
            yield Operation(
                method=method.upper(),
                path=path,
                summary=told["summary"],
                description=told.get("description", ""),
                fields=(*map(_parameter, told.get("parameters", [])), *_fields(described, body)),
                example=_example(body),
                answers=tuple((status, answer["description"]) for status, answer in told["responses"].items()),
            )


def _parameter(told: Mapping[str, Any]) -> Field:
    schema = told["schema"]
    text = told.get("description") or schema.get("description") or ""
    return Field(told["name"], told["in"], _kind(schema), told.get("required", False), text)


def _body(described: Mapping[str, Any], told: Mapping[str, Any]) -> Mapping[str, Any]:
    if "requestBody" not in told:
        return {}
    (content,) = told["requestBody"]["content"].values()
    return _component(described, content["schema"]) or content["schema"]


def _component(described: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference leads to; nothing for a schema that is no reference."""
    found: Mapping[str, Any] = described["components"]["schemas"].get(_name(schema.get("$ref", "")), {})
    return found


def _fields(described: Mapping[str, Any], body: Mapping[str, Any], inside: str = "") -> Iterator[Field]:
    """The fields of a body, those of an object in it behind a dot."""
    for name, schema in body.get("properties", {}).items():
        inner = _component(described, schema)
        if "properties" in inner:
            yield from _fields(described, inner, f"{inside}{name}.")
        else:
            required = name in body.get("required", [])
            yield Field(inside + name, "body", _kind(schema), required, schema.get("description", ""))


def _example(body: Mapping[str, Any]) -> str | None:
    examples = body.get("examples", [])
    return msgspec.json.format(msgspec.json.encode(examples[0])).decode() if examples else None


def _kind(schema: Mapping[str, Any]) -> str:
    """The type in a few words: ``string``, ``open | resolved``, ``list of string``."""
    if "anyOf" in schema:
        return _kind(next(each for each in schema["anyOf"] if each.get("type") != "null"))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    return str(schema.get("format") or schema.get("type") or _name(schema.get("$ref", "")))


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]
