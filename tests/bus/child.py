"""Processes of the contract suite: ``produce`` numbered messages, or ``consume`` until SIGTERM, one JSON line each."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

from bus import Outgoing
from tests.bus.buses import behind, bus_at, send


async def produce(address: str, topic: str, name: str, count: str) -> None:
    bus = bus_at(address)
    await send(bus, [Outgoing(topic, f"{name}-{n % 20}", f"{name}:{n}".encode()) for n in range(int(count))])
    await bus.close()


async def consume(address: str, topic: str, group: str, commit: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    bus = bus_at(address)
    consumer = await bus.subscribe([topic], group)
    while not stop.is_set():
        messages = await consumer.fetch(timeout=0.2)
        print(json.dumps([(m.partition, m.offset, m.key, m.value.decode()) for m in messages]), flush=True)
        if messages and commit == "commit":
            await consumer.commit(behind(messages))
    await consumer.close()
    await bus.close()


if __name__ == "__main__":
    asyncio.run({"produce": produce, "consume": consume}[sys.argv[1]](*sys.argv[2:]))
