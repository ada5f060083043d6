"""Finds the schema of an event type."""

from __future__ import annotations

from control_plane.errors import NotFoundError
from control_plane.schemas.answer import SchemaEntry, SchemaList
from schemas.catalogue import event_types, nearest
from schemas.event import SCHEMA_VERSIONS, schema_of, schema_path
from schemas.families import FAMILIES
from schemas.json_schemas import Schema, UnknownSchemaError, event_schema


def every() -> SchemaList:
    """Every event type, in every version that is emitted."""
    entries = [
        SchemaEntry(
            type=name,
            version=version,
            category=declared.event.category,
            description=declared.event.description,
            dataschema=schema_of(name, version),
            href=schema_path(name, version),
        )
        for name, declared in sorted(event_types().items())
        for version in SCHEMA_VERSIONS
    ]
    return SchemaList(items=[*entries, *_families()])


def _families() -> list[SchemaEntry]:
    """One entry for all types of a family."""
    return [
        SchemaEntry(
            type=family.name,
            version=version,
            category=family.category,
            description=f"{family.description} (types: {family.template})",
            dataschema=schema_of(family.name, version),
            href=schema_path(family.name, version),
        )
        for family in FAMILIES
        for version in SCHEMA_VERSIONS
    ]


def one(event_type: str, version: int) -> Schema:
    """The schema. Raises ``NotFoundError`` with the nearest right name."""
    try:
        return event_schema(event_type, version)
    except UnknownSchemaError as error:
        raise NotFoundError("schema", f"{event_type}/v{version}", hint=_hint(event_type)) from error


def _hint(event_type: str) -> str:
    if event_type in event_types():
        return f"versions: {', '.join(f'v{version}' for version in SCHEMA_VERSIONS)}"
    guess = nearest(event_type, event_types())
    return f'did you mean "{guess}"?' if guess else "all types: /api/v1/schemas"
