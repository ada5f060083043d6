"""What only the SQLite bus does: leases by the clock, retention, its file."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from bus import BusError, Outgoing, open_bus
from bus.sqlite import SqliteBus
from bus.sqlite_file import filesystem_of, open_file, refuse_network
from bus.sqlite_group import Membership
from bus.sqlite_log import create_topics
from bus.sqlite_reader import Reader
from tests.bus.buses import behind, numbered, read, send, values, wait_for_partitions
from tests.bus.test_back_pressure import Clock

KEYS = [f"key-{n}" for n in range(20)]


def ask(path: Path, sql: str) -> list[Any]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


async def test_three_members_get_two_one_and_one(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.sqlite")
    await bus.start(["t"])
    members = [await bus.subscribe(["t"], "g") for _ in range(3)]
    for _ in range(5):
        await asyncio.gather(*(m.fetch(timeout=0.1) for m in members))
    assert sorted(len(m.assigned()) for m in members) == [1, 1, 2]
    assert len(frozenset().union(*(m.assigned() for m in members))) == 4
    five = [*members, *[await bus.subscribe(["t"], "g") for _ in range(2)]]
    for _ in range(5):
        await asyncio.gather(*(m.fetch(timeout=0.1) for m in five))
    assert sorted(len(m.assigned()) for m in five) == [0, 1, 1, 1, 1]
    for member in five:
        await member.close()
    await bus.close()


async def test_who_was_too_slow_to_renew_can_commit_no_more(tmp_path: Path) -> None:
    path = tmp_path / "bus.sqlite"
    slow_clock, clock = Clock(), Clock()
    slow_bus = SqliteBus(path, lease_seconds=5, elapsed=slow_clock)
    bus = SqliteBus(path, lease_seconds=5, elapsed=clock)
    await bus.start(["t"])
    await send(bus, numbered("t", KEYS, 100))
    slow = await slow_bus.subscribe(["t"], "g")
    stale = await read(slow, 100, commit=False)
    clock.now += 6
    heir = await bus.subscribe(["t"], "g")
    messages = await read(heir, 100, commit=False)
    assert sorted(values(messages)) == list(range(100))
    await slow.commit(behind(stale))
    assert ask(path, "SELECT sum(next) FROM offsets") == [(0,)]
    await heir.commit(behind(messages))
    assert ask(path, "SELECT sum(next) FROM offsets") == [(100,)]
    assert ask(path, "SELECT DISTINCT epoch FROM leases") == [(2,)]
    await slow.close()
    assert len(heir.assigned()) == 4
    await heir.close()
    await asyncio.gather(bus.close(), slow_bus.close())


async def test_a_lease_of_before_the_machine_was_started_anew_holds_nobody_up(tmp_path: Path) -> None:
    """The seconds begin at nought again; the file still knows of a member who died with the machine."""
    path = tmp_path / "bus.sqlite"
    before, after = Clock(900_000.0), Clock(20.0)
    bus = SqliteBus(path, lease_seconds=5, elapsed=before)
    await bus.start(["t"])
    await send(bus, numbered("t", KEYS, 100))
    connection = open_file(path)
    died = Membership("g", ["t"], lease_seconds=5, elapsed=before)
    died.join(connection, from_start=True)
    died.tend(connection, frozenset())
    assert len(died.epochs) == 4
    connection.close()
    again = SqliteBus(path, lease_seconds=5, elapsed=after)
    heir = await again.subscribe(["t"], "g")
    assert sorted(values(await read(heir, 100, within=5))) == list(range(100))
    await heir.close()
    await asyncio.gather(bus.close(), again.close())


async def test_a_member_that_is_busy_for_long_keeps_its_lease(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.sqlite", lease_seconds=0.4)
    await bus.start(["t"])
    busy = await bus.subscribe(["t"], "g")
    await wait_for_partitions(4, busy)
    await asyncio.sleep(1)
    assert ask(tmp_path / "bus.sqlite", "SELECT DISTINCT epoch FROM leases") == [(1,)]
    await busy.close()
    await bus.close()


async def test_a_surplus_that_is_never_committed_moves_after_a_grace(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.sqlite", lease_seconds=0.4)
    await bus.start(["t"])
    await send(bus, numbered("t", KEYS, 100))
    stuck = await bus.subscribe(["t"], "g")
    await read(stuck, 100, commit=False)
    other = await bus.subscribe(["t"], "g")
    moved = await read(other, 1, within=10)
    assert moved
    await asyncio.gather(stuck.close(), other.close())
    await bus.close()


async def test_what_was_read_when_the_fetch_was_cancelled_is_read_again(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.sqlite")
    await bus.start(["t"])
    consumer = await bus.subscribe(["t"], "g")
    await wait_for_partitions(4, consumer)
    await send(bus, numbered("t", ["a"], 10))
    consumer._database.later(lambda: time.sleep(0.2))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(consumer.fetch(), 0.05)
    assert values(await read(consumer, 10, within=3)) == list(range(10))
    await consumer.close()
    await bus.close()


def test_a_partition_that_was_lost_and_came_back_is_welcomed_anew(tmp_path: Path) -> None:
    connection = open_file(tmp_path / "bus.sqlite")
    create_topics(connection, ["t"])
    clock = Clock()
    member, thief = (Membership("g", ["t"], lease_seconds=5, elapsed=clock) for _ in range(2))
    reader = Reader(["t"], member)
    reader.open(connection, from_start=True)
    stale = reader.look(connection, 10).fresh
    clock.now += 6
    thief.join(connection, from_start=True)
    thief.tend(connection, frozenset())
    thief.leave(connection)
    anew = reader.look(connection, 10).fresh
    assert stale == dict.fromkeys(anew, 1)
    assert set(anew.values()) == {3}
    reader.welcome(stale, dict.fromkeys(stale, 7))
    assert reader.look(connection, 10).fresh == anew
    reader.welcome(anew, {})
    assert reader.look(connection, 10).fresh == {}
    connection.close()


async def test_retention_drops_by_age_and_readers_go_on_behind_it(tmp_path: Path) -> None:
    clock = Clock()
    bus = SqliteBus(tmp_path / "bus.sqlite", retention_hours=2, clock=clock)
    await bus.start(["t"])
    await send(bus, numbered("t", ["a"], 5000))
    clock.now += 7000
    await send(bus, [Outgoing("t", "a", b"5000"), Outgoing("t", "b", b"5001")])
    clock.now += 300
    await bus.drop_expired()
    assert ask(tmp_path / "bus.sqlite", "SELECT value FROM log ORDER BY ts, value") == [(b"5000",), (b"5001",)]
    consumer = await bus.subscribe(["t"], "g")
    messages = await read(consumer, 2)
    assert {(m.key, m.offset) for m in messages} == {("a", 5000), ("b", 0)}
    assert sum((await bus.end_offsets("t")).values()) == 5002
    await consumer.close()
    await bus.close()


MOUNTS = """/dev/vda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
tmpfs /home/me/ram tmpfs rw 0 0
//nas/share /mnt/my\\040share cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/bus.sqlite", "ext4"),
        ("/home/me/bus.sqlite", "nfs4"),
        ("/homely/bus.sqlite", "ext4"),
        ("/home/me/ram/bus.sqlite", "tmpfs"),
        ("/mnt/my share/bus.sqlite", "cifs"),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    assert filesystem_of(Path(path), MOUNTS) == kind


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"])
def test_a_network_file_system_is_refused(kind: str) -> None:
    with pytest.raises(BusError, match=f"network file system \\({kind}\\)"):
        refuse_network(Path("/data/bus.sqlite"), f"x /data {kind} rw 0 0")


@pytest.mark.parametrize("kind", ["ext4", "xfs", "overlay", "tmpfs", "fuse.grpcfuse"])
def test_a_local_file_system_is_accepted(kind: str) -> None:
    refuse_network(Path("/data/bus.sqlite"), f"x /data {kind} rw 0 0")


async def test_a_full_disk_is_one_clear_line_and_later_sends_work(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.sqlite")
    await bus.start(["t"])
    await bus._database.run(lambda c: c.execute("PRAGMA max_page_count = 30").fetchone())
    with pytest.raises(BusError) as refused:
        await send(bus, [Outgoing("t", str(n), bytes(100_000)) for n in range(10)])
    assert str(refused.value) == f"bus {tmp_path}/bus.sqlite: the disk is full; free some space"
    assert await bus.end_offsets("t") == {0: 0, 1: 0, 2: 0, 3: 0}
    await bus._database.run(lambda c: c.execute("PRAGMA max_page_count = 3000").fetchone())
    await send(bus, [Outgoing("t", "a", b"1")])
    await bus.close()


async def test_a_lock_that_is_never_given_back_is_one_clear_line(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.sqlite")
    await bus.start(["t"])
    await bus._database.run(lambda c: c.execute("PRAGMA busy_timeout = 50").fetchone())
    holder = sqlite3.connect(tmp_path / "bus.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusError, match="another process holds it locked"):
        await send(bus, [Outgoing("t", "a", b"1")])
    holder.execute("ROLLBACK")
    holder.close()
    await send(bus, [Outgoing("t", "a", b"1")])
    await bus.close()


async def test_a_file_that_is_no_bus_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "bus.sqlite").write_bytes(b"something else" * 100)
    bus = open_bus(f"sqlite:///{tmp_path}/bus.sqlite")
    with pytest.raises(BusError, match=f"bus {tmp_path}/bus.sqlite: file is not a database"):
        await bus.ping()
    await bus.close()


async def test_two_buses_may_make_the_file_at_once(tmp_path: Path) -> None:
    buses = [SqliteBus(tmp_path / "new" / "bus.sqlite") for _ in range(6)]
    await asyncio.gather(*(bus.start(["t"]) for bus in buses))
    for bus in buses:
        await send(bus, [Outgoing("t", "a", b"1")])
    assert sum((await buses[0].end_offsets("t")).values()) == 6
    await asyncio.gather(*(bus.close() for bus in buses))
