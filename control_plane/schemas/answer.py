"""What /api/v1/schemas answers."""

from __future__ import annotations

from pydantic import BaseModel, Field


class SchemaEntry(BaseModel):
    """One event type in one version."""

    type: str
    version: int
    category: str
    description: str
    dataschema: str = Field(description="What stands as `dataschema` on the events.")
    href: str = Field(description="Where the schema is, at this API.")


class SchemaList(BaseModel):
    """Every event type of the catalogue."""

    items: list[SchemaEntry]
