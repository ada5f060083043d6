"""A listing, read once: spooled to disk page by page, so that memory does not grow with the account."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from scanners.aws.call import Call
from scanners.aws.calls import Calls
from scanners.aws.paging import pages
from scanners.core.job import Job
from scanners.core.related import Index
from scanners.core.resource import Fact, Resource
from schemas.errors import CloudError

IN_MEMORY: Final = 1 << 20
CHUNK: Final = 100
"""Resources that are worked on together: their facts and events are all that memory holds."""
Answer = Mapping[str, Any]


@dataclass
class Listing:
    """What one listing came to: the items on disk, the indexes over them, and how it ended."""

    call: Call
    resource: type[Resource]
    tagged: bool
    indexes: dict[str, Index] = field(default_factory=dict)
    error: CloudError | None = None
    read: int = 0
    nameless: int = 0
    """Items without an id: the listing cannot count as complete."""
    keep_items: bool = True
    _spool: Any = field(default_factory=lambda: tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115

    @property
    def complete(self) -> bool:
        """Whether it was read to the end."""
        return self.error is None and not self.nameless

    async def fetch(self, job: Job, calls: Calls) -> None:
        """Read all pages; an error ends it, and what was read until then is kept."""
        try:
            async for page in pages(calls, self.call):
                self._take(job, page)
        except CloudError as error:
            self.error = error
        for index in self.indexes.values():
            index.complete = self.complete

    def _take(self, job: Job, page: list[Answer]) -> None:
        self.read += len(page)
        if self.keep_items:
            for start in range(0, len(page), CHUNK):
                pickle.dump(page[start : start + CHUNK], self._spool)
        if self.indexes:
            for answer in page:
                self._index(self.resource_of(job, answer))

    def _index(self, item: Resource) -> None:
        if item.has("id"):
            for index in self.indexes.values():
                index.add(item)

    def resource_of(self, job: Job, answer: Answer) -> Resource:
        """The resource that an item of the answer is."""
        item = self.resource(job.place(), answer)
        if self.tagged:
            item.learn(tags_of(self.resource), {tag["Key"]: tag["Value"] for tag in answer.get("Tags") or ()})
        return item

    def chunks(self, job: Job) -> Iterator[list[Resource]]:
        """The resources again, some at a time; those without an id are left out and counted."""
        self._spool.seek(0)
        while True:
            try:
                answers = pickle.load(self._spool)  # noqa: S301 - our own temporary file, never shared
            except EOFError:
                return
            items = [self.resource_of(job, answer) for answer in answers]
            self.nameless += sum(not item.has("id") for item in items)
            yield [item for item in items if item.has("id")]

    def close(self) -> None:
        """Give the disk back."""
        self._spool.close()


def tags_of(resource: type[Resource]) -> Fact:
    """The declared field of the tags."""
    found: Fact = resource.__dict__.get("tags") or Resource.__dict__["tags"]
    return found
