"""What somebody asked for, and what it stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from finops.readers.protocol import RawFile, Reader
from schemas.event import Event
from schemas.scan import DEFAULT_CLIENT
from schemas.settings import Settings
from stores import Store
from stores.lake.objects import Objects


class Source(Protocol):
    """Where the files of a bill are."""

    def list(self) -> list[RawFile]:
        """All of them. Raises ``InvalidInputError`` when there is none."""

    def chunks(self, key: str) -> Iterable[bytes]:
        """The content of one."""


class Teller(Protocol):
    """Where events go."""

    async def tell(self, events: list[Event]) -> None:
        """Hand over a batch; it may come again."""

    async def settle(self) -> None:
        """Returns when the store holds all that was told."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """An ingestion as it was asked for. ``replace``: take over from another source, or take a month that shrank."""

    reader: Reader
    source: Source
    client_id: str = DEFAULT_CLIENT
    replace: bool = False
    demo: bool = False


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What an ingestion works with. ``step`` is told what is done next, for people."""

    settings: Settings
    store: Store
    lake: Objects
    teller: Teller
    clock: Callable[[], datetime]
    step: Callable[[str], None] = lambda _: None
