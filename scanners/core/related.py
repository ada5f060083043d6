"""The index of a listing: only the kept fields, by the value that others refer to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from scanners.core.errors import MissingFactError
from scanners.core.resource import Related, Resource


@dataclass
class Index:
    """The resources of one type by the values of one field. Grows with the listing, by a few small values each.

    It is ``complete`` when the listing was read to the end; a rule that needs an incomplete one cannot judge.
    """

    by: str
    keep: set[str] = field(default_factory=set)
    complete: bool = False
    _found: dict[str, list[Resource]] = field(default_factory=lambda: defaultdict(list))

    def add(self, item: Resource) -> None:
        """Keep what is wanted of a resource."""
        kept: Resource | None = None
        for key in _values(item, self.by):
            kept = kept or _kept(item, self.keep)
            self._found[key].append(kept)

    def find(self, item: Resource, relation: Related) -> list[Resource]:
        """The resources that this one refers to, in the order of their ids."""
        found = {other.id: other for key in _values(item, relation.field) for other in self._found.get(key, ())}
        return [found[one] for one in sorted(found)]


def _values(item: Resource, name: str) -> list[str]:
    try:
        value: Any = getattr(item, name)
    except MissingFactError:
        return []
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _kept(item: Resource, names: set[str]) -> Resource:
    kept = type(item)(item.place, id=item.id)
    for name in names:
        try:
            kept.__dict__[name] = getattr(item, name)
        except MissingFactError:
            continue
    return kept
