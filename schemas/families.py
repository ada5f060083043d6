"""Families of event types whose names are open-ended: a bill may tell of services that nobody has heard of yet."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import msgspec

_ANY: Final = "*"
_PART: Final = r"[a-z0-9][a-z0-9-]*"


class EventFamily(msgspec.Struct, frozen=True, kw_only=True):
    """All types of one template. They share one schema, which carries the family's name."""

    name: str
    template: str
    """A type with ``*`` for a part that is open: ``*.cost.*.daily``."""
    category: str
    resource_type: str
    description: str

    @property
    def pattern(self) -> str:
        """A regular expression for the types, as JSON Schema takes it."""
        return "^" + r"\.".join(_PART if part == _ANY else part for part in self.template.split(".")) + "$"

    def has(self, event_type: str) -> bool:
        """Whether the type is one of the family."""
        return _compiled(self.pattern).match(event_type) is not None

    def begins_with(self, beginning: str) -> bool:
        """Whether some type of the family begins so; the text ends on a dot."""
        asked, parts = beginning.removesuffix(".").split("."), self.template.split(".")
        return len(asked) < len(parts) and all(
            ours in {_ANY, theirs} for ours, theirs in zip(parts, asked, strict=False)
        )


DAILY_COST: Final = EventFamily(
    name="cost.daily",
    template="*.cost.*.daily",
    category="cost",
    resource_type="CloudSentinel::Costs::Day",
    description="What a service cost on a day by the bill (effective cost), for one account, region, operation, "
    "charge category and set of tags",
)
FAMILIES: Final = (DAILY_COST,)


def family_of(event_type: str) -> EventFamily | None:
    """The family of a type, or the one of this name."""
    return next((one for one in FAMILIES if one.name == event_type or one.has(event_type)), None)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
