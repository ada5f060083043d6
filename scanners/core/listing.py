"""A listing, read once: spooled to disk page by page, so that memory does not grow with the account."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final

from scanners.core.related import Index
from scanners.core.resource import Resource
from schemas.errors import CloudError

IN_MEMORY: Final = 1 << 20
CHUNK: Final = 100
"""Resources that are worked on together: their facts and events are all that memory holds."""
Answer = Mapping[str, Any]
Pages = Callable[[], AsyncGenerator[list[Answer], None]]


@dataclass
class Listing:
    """What one listing came to: the items on disk, the indexes over them, and how it ended.

    ``pages`` reads it, page by page, and raises ``CloudError``; ``resource_of`` is the resource that an item is.
    """

    operation: str
    """The call that reads it, as it is declared."""
    pages: Pages
    resource_of: Callable[[Answer], Resource]
    indexes: dict[str, Index] = field(default_factory=dict)
    error: CloudError | None = None
    read: int = 0
    nameless: int = 0
    """Items without an id: the listing cannot count as complete."""
    keep_items: bool = True
    sample: int | None = None
    """So many resources are enough; it does not count as complete then."""
    _spool: Any = field(default_factory=lambda: tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115

    @property
    def complete(self) -> bool:
        """Whether it was read to the end."""
        return self.error is None and not self.nameless and self.sample is None

    async def fetch(self) -> None:
        """Read all pages; an error ends it, and what was read until then is kept."""
        try:
            async with aclosing(self.pages()) as pages:
                async for page in pages:
                    self._take(page[: self.sample])
                    if self.sample is not None and page:
                        break
        except CloudError as error:
            self.error = error
        for index in self.indexes.values():
            index.complete = self.complete

    def _take(self, page: list[Answer]) -> None:
        self.read += len(page)
        if self.keep_items:
            for start in range(0, len(page), CHUNK):
                pickle.dump(page[start : start + CHUNK], self._spool)
        if self.indexes:
            for answer in page:
                self._index(self.resource_of(answer))

    def _index(self, item: Resource) -> None:
        if item.has("id"):
            for index in self.indexes.values():
                index.add(item)

    def chunks(self) -> Iterator[list[Resource]]:
        """The resources again, some at a time; those without an id are left out and counted."""
        self._spool.seek(0)
        while True:
            try:
                answers = pickle.load(self._spool)  # noqa: S301 - our own temporary file, never shared
            except EOFError:
                return
            items = [self.resource_of(answer) for answer in answers]
            self.nameless += sum(not item.has("id") for item in items)
            yield [item for item in items if item.has("id")]

    def close(self) -> None:
        """Give the disk back."""
        self._spool.close()


def learn_tags(item: Resource, tags: object) -> None:
    """Set the tags, by the field that the type declares for them. None: there are none."""
    told = dict(tags) if isinstance(tags, Mapping) else tags
    item.learn(type(item).__dict__.get("tags") or Resource.__dict__["tags"], {} if told is None else told)
