"""``python -m data_plane.replay [--since TIME]``: from the bus of the settings into the store of the settings."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bus import BusError, bus_of
from data_plane.backbone import Backbone
from data_plane.replay.rebuild import Replay, Replayed
from schemas.addresses import masked
from schemas.errors import InvalidInputError
from schemas.logging import configure
from schemas.settings import Settings
from schemas.topics import check_events_topic
from stores import StoreError, facts, open_store

EVERY = 10_000
"""Events between two lines where there is no terminal."""


class Line:
    """How far it is: one line that changes on a terminal, some lines elsewhere."""

    def __init__(self) -> None:
        self._live, self._told = sys.stderr.isatty(), 0

    def show(self, done: Replayed) -> None:
        """The state of things."""
        text = f"replayed {done.read:,} of {done.total:,} events, {done.settled:,} tasks settled"
        if self._live:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
        elif done.read - self._told >= EVERY:
            self._told = done.read
            sys.stderr.write(f"{text}\n")

    def close(self) -> None:
        """The line is done with."""
        if self._live:
            sys.stderr.write("\r\x1b[K")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 0 when all was replayed, 2 for what can never work, 3 when bus or store are not there."""
    parser = argparse.ArgumentParser(prog="python -m data_plane.replay", description=__doc__)
    parser.add_argument("--since", type=datetime.fromisoformat, help="only scans accepted at this time or later")
    since = parser.parse_args(arguments).since
    settings = Settings(changes=False)
    configure(settings)
    try:
        asyncio.run(_replay(settings, None if since is None else since.astimezone(UTC)))
    except InvalidInputError as error:
        return _ended(2, str(error))
    except (BusError, StoreError) as error:
        return _ended(3, str(error))
    except KeyboardInterrupt:
        return _ended(130, "interrupted; what was replayed is stored, and replaying again does no harm")
    return 0


def _ended(code: int, line: str) -> int:
    sys.stderr.write(f"sentinel: {line}\n")
    return code


async def _replay(settings: Settings, since: datetime | None) -> None:
    check_events_topic(settings.events_topic)
    _look_for(settings.bus_url)
    store = open_store(settings.store_url)
    bus = bus_of(settings)
    backbone, line = Backbone(settings, store, bus), Line()
    try:
        await store.migrate()
        done = await Replay(backbone, since, line.show).run()
        line.close()
        async with store.read() as reading:
            _summary(done, await facts.totals(reading), masked(settings.store_url))
    finally:
        await backbone.close()


def _look_for(bus_url: str) -> None:
    """Replaying from a bus that is not there must not make one."""
    path = bus_url.removeprefix("sqlite:///")
    if path != bus_url and not Path(path).exists():
        raise BusError(f"there is no bus at {path}")


def _summary(done: Replayed, totals: Mapping[str, int], place: str) -> None:
    told = [f"{done.stored:,} events and {done.settled:,} settled tasks replayed into {place}"]
    if done.refused:
        told.append(f"{done.refused:,} messages could not be read or stored: sentinel dead-letters list")
    if done.not_settled:
        told.append(f"{done.not_settled:,} tasks resolved nothing: their events are not all on the bus any more")
    told.append("the store holds " + ", ".join(f"{count:,} {name}" for name, count in totals.items()))
    sys.stderr.write("\n".join(told) + "\n")


if __name__ == "__main__":
    sys.exit(main())
