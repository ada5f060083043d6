"""Without a bus: events go straight into the store, by the code that the materializer uses."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.event import Event, encode
from stores import Store, facts


class StoreTeller:
    """Each batch is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def tell(self, events: Sequence[Event]) -> None:
        """Into the log and the daily costs; the first of an id stays."""
        async with self._store.write() as writing:
            await facts.store_events(writing, [(event, encode(event)) for event in events])
            await facts.store_costs(writing, events)

    async def settle(self) -> None:
        """All of it is there already."""
