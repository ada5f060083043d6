"""Kills at random: ``python -m benchmarks.chaos --rounds N --seed S [--bus sqlite|kafka] [--store sqlite|postgresql]``.

Each round scans the demo cloud with every role in a process of its own, and strikes one to three of the processes and
servers at moments that the seed decides: killed, stopped or paused, and back after a while. What the scan leaves behind
must be what an undisturbed one leaves, and nothing of it there twice (``tests/faults/picture.py``). One line a round;
exit 1 on any deviation, with the command that repeats that round.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo_cloud import DemoCloud
from schemas.states import SCAN_TERMINAL
from tests.data_plane.processes import RoleProcess
from tests.faults.picture import Picture
from tests.faults.servers import MortalBroker, Place, embedded, on_servers
from tests.faults.stage import ROLES, Stage, slow_cloud, staged, undisturbed
from tests.support.postgres import Server, own_server

CALL_SECONDS = 0.08
FLIGHT_SECONDS = 4.0
"""A scan takes about so long: the moments are drawn from it."""

MOST_ATTEMPTS = 10
"""More than a round can use up: that the attempts of a task end is another matter."""

END_SECONDS = 120.0
HOW = {"kill": "killed", "stop": "stopped", "pause": "paused"}
SERVERS = {"kafka": ("kill", "pause"), "postgresql": ("stop",)}


@dataclass(frozen=True)
class Blow:
    """What happens to whom, when after the scan was asked for, and for how long."""

    target: str
    how: str
    at: float
    seconds: float

    def __str__(self) -> str:
        return f"{self.target} {HOW[self.how]} at {self.at:.2f} s for {self.seconds:.1f} s"


@dataclass(frozen=True)
class Round:
    """All that the seed decides."""

    bus: str
    store: str
    blows: tuple[Blow, ...]


def draw(seed: int, number: int, buses: Sequence[str], stores: Sequence[str]) -> Round:
    """The same for the same seed and number."""
    dice = random.Random(f"{seed}/{number}")
    bus, store = dice.choice(buses), dice.choice(stores)
    targets = sorted({*ROLES, bus, store} - {"sqlite"})
    struck = dice.sample(targets, dice.randint(1, 3))
    blows = [
        Blow(
            target, dice.choice(SERVERS.get(target, tuple(HOW))), dice.uniform(0, FLIGHT_SECONDS), dice.uniform(0.2, 5)
        )
        for target in struck
    ]
    return Round(bus, store, tuple(sorted(blows, key=lambda blow: blow.at)))


@dataclass
class Theatre:
    """What all rounds share."""

    cloud: DemoCloud
    reference: Picture
    broker: MortalBroker | None
    server: Server | None

    @contextmanager
    def place(self, drawn: Round, home: Path) -> Iterator[Place]:
        """An empty bus and an empty store of the kinds that were drawn."""
        files = embedded(home)
        broker = self.broker if drawn.bus == "kafka" else None
        server = self.server if drawn.store == "postgresql" else None
        with on_servers(broker, server) as servers:
            yield Place(servers.bus or files.bus, servers.store or files.store, broker, server)


async def strike(stage: Stage, roles: dict[str, RoleProcess], blow: Blow) -> bool:
    """One blow and its end. Whether the scan was on its way when it fell."""
    await asyncio.sleep(blow.at)
    try:
        in_flight = (await stage.row()).status not in SCAN_TERMINAL
    except Exception:  # noqa: BLE001 - the store may be the one that is away
        in_flight = True
    if blow.target == "kafka":
        await strike_broker(stage, blow)
    elif blow.target == "postgresql":
        await strike_server(stage, blow)
    else:
        await strike_role(stage, roles, blow)
    return in_flight


async def strike_broker(stage: Stage, blow: Blow) -> None:
    broker = stage.place.broker
    assert broker is not None
    (broker.kill if blow.how == "kill" else broker.pause)()
    await asyncio.sleep(blow.seconds)
    (broker.revive if blow.how == "kill" else broker.go_on)()


async def strike_server(stage: Stage, blow: Blow) -> None:
    server = stage.place.server
    assert server is not None
    server.stop()
    await asyncio.sleep(blow.seconds)
    server.start()


async def strike_role(stage: Stage, roles: dict[str, RoleProcess], blow: Blow) -> None:
    role = roles[blow.target]
    if blow.how == "pause":
        role.pause()
    elif blow.how == "kill":
        role.kill()
    else:
        role.process.terminate()
    await asyncio.sleep(blow.seconds)
    if blow.how == "pause":
        role.go_on()
    else:
        roles[blow.target] = stage.start(blow.target)


async def play(theatre: Theatre, drawn: Round, place: Place, home: Path) -> tuple[list[str], int]:
    """One round: the differences, and how many blows fell while the scan was on its way."""
    async with staged(place, theatre.cloud, home, max_attempts=MOST_ATTEMPTS) as stage:
        roles = stage.start_all()
        await stage.ask()
        in_flight = await asyncio.gather(*(strike(stage, roles, blow) for blow in drawn.blows))
        try:
            picture = await stage.at_its_end(seconds=END_SECONDS)
        except TimeoutError:
            (home / "told").write_text(stage.told())
            return [f"not at its end after {END_SECONDS:.0f} s; see {home / 'told'}"], sum(in_flight)
        differences = picture.differences(theatre.reference)
        if differences:
            (home / "told").write_text(stage.told())
        return differences, sum(in_flight)


@dataclass
class Tally:
    """What the rounds came to."""

    rounds: int = 0
    deviations: int = 0
    in_flight: int = 0
    blows: Counter[str] = field(default_factory=Counter)

    def tell(self, seconds: float) -> None:
        print(
            f"{self.rounds} rounds, {self.deviations} deviations; {self.blows.total()} blows, {self.in_flight} of them "
            f"in flight; {seconds:.0f} s on {os.cpu_count()} cores, Python {platform.python_version()}"
        )
        for what, count in sorted(self.blows.items()):
            print(f"  {count:4} {what}")


def run(theatre: Theatre, options: argparse.Namespace) -> Tally:
    tally = Tally()
    for number in range(options.first, options.first + options.rounds):
        drawn = draw(options.seed, number, kinds(options.bus, "kafka"), kinds(options.store, "postgresql"))
        begun, home = time.monotonic(), Path(tempfile.mkdtemp(prefix=f"chaos-{number}-"))
        with theatre.place(drawn, home) as place:
            differences, in_flight = asyncio.run(play(theatre, drawn, place, home))
        seconds = time.monotonic() - begun
        blows = ", ".join(map(str, drawn.blows))
        outcome = "same" if not differences else "DEVIATION"
        print(f"round {number} {drawn.bus}+{drawn.store}: {blows}: {outcome} ({seconds:.1f} s)", flush=True)
        for each in differences:
            print(f"    {each}", flush=True)
        if differences:
            print(f"    again: {again(options, number)}", flush=True)
        tally.rounds += 1
        tally.deviations += bool(differences)
        tally.in_flight += in_flight
        tally.blows.update(f"{blow.target} {HOW[blow.how]}" for blow in drawn.blows)
    return tally


def again(options: argparse.Namespace, number: int) -> str:
    kept = "".join(f" --{name} {value}" for name in ("bus", "store") if (value := getattr(options, name)) != "any")
    return f"python -m benchmarks.chaos --seed {options.seed} --first {number} --rounds 1{kept}"


def kinds(asked: str, server: str) -> tuple[str, ...]:
    return ("sqlite", server) if asked == "any" else (asked,)


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=1, help="number of the first round")
    parser.add_argument("--bus", choices=["any", "sqlite", "kafka"], default="any")
    parser.add_argument("--store", choices=["any", "sqlite", "postgresql"], default="any")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options = options_of(arguments)
    begun = time.monotonic()
    with ExitStack() as stack:
        cloud = stack.enter_context(slow_cloud(CALL_SECONDS))
        broker = stack.enter_context(MortalBroker()) if options.bus != "sqlite" else None
        server = stack.enter_context(own_server()) if options.store != "sqlite" else None
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        reference = asyncio.run(undisturbed(embedded(home), cloud, home))
        assert not reference.twice
        tally = run(Theatre(cloud, reference, broker, server), options)
    tally.tell(time.monotonic() - begun)
    return 1 if tally.deviations else 0


if __name__ == "__main__":
    sys.exit(main())
