"""What is told about resources."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from control_plane.findings.answer import FindingAnswer
from stores.resources import ResourceRow


class FactAnswer(BaseModel):
    """The newest value of one fact and the scan that it comes from."""

    value: Any
    unit: str | None
    asof: datetime
    scan_id: str
    statistic: str | None = None
    window: dict[str, str] | None = None
    samples: int | None = None
    price: dict[str, str] | None = Field(None, description="On costs: the price keys, their source and date.")


class ResourceAnswer(BaseModel):
    """One resource."""

    resource_id: str
    provider: str
    account_id: str
    region: str
    service: str
    resource_type: str
    first_seen: datetime
    last_seen: datetime
    last_scan_id: str
    demo: bool
    facts: dict[str, FactAnswer] = Field(description="By event type, with `#statistic` behind it for performance.")

    @classmethod
    def of(cls, row: ResourceRow) -> Self:
        """From its row."""
        return cls.model_validate(row, from_attributes=True)


class ResourceList(BaseModel):
    """A page of resources, by id."""

    items: list[ResourceAnswer]
    next_cursor: str | None


class ResourceDetail(BaseModel):
    """One resource with its open findings, the most money first."""

    resource: ResourceAnswer
    findings: list[FindingAnswer]
