"""The file of the SQLite log: opened by one thread, on a local disk only, with errors of one clear line."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

from bus.errors import BusError

P = ParamSpec("P")
T = TypeVar("T")

BUSY_SECONDS: Final = 30.0
NETWORK_FILESYSTEMS: Final = re.compile(
    r"9p|afpfs|afs|ceph|cifs|gfs2|glusterfs|lustre|ncpfs|nfs4?|smb[23]?|smbfs|fuse\.(ceph|glusterfs|rclone|s3fs|sshfs)"
)
"""Types in /proc/mounts whose locks or shared memory SQLite's WAL cannot rely on (sqlite.org/wal.html)."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS ends(topic TEXT, part INTEGER, first INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (topic, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log(topic TEXT, part INTEGER, off INTEGER, key TEXT NOT NULL, value BLOB NOT NULL,
    headers TEXT, ts REAL NOT NULL, PRIMARY KEY (topic, part, off)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS groups(grp TEXT PRIMARY KEY, generation INTEGER NOT NULL, seen REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS members(grp TEXT, topic TEXT, owner TEXT, expires REAL NOT NULL,
    PRIMARY KEY (grp, topic, owner)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offsets(grp TEXT, topic TEXT, part INTEGER, next INTEGER NOT NULL,
    PRIMARY KEY (grp, topic, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS leases(grp TEXT, topic TEXT, part INTEGER, owner TEXT, epoch INTEGER NOT NULL,
    expires REAL NOT NULL, PRIMARY KEY (grp, topic, part)) WITHOUT ROWID;
"""


class Database:
    """One connection and the one thread that uses it. It opens at the first use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bus-sqlite")
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    async def run(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``work(connection, ...)`` in the thread, to its end also when cancelled. Raises ``BusError``."""
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._thread, lambda: self._work(work, *args, **kwargs)))

    def later(self, work: Callable[[], None]) -> None:
        """Does ``work`` in the thread after what runs there now, without waiting for it."""
        self._thread.submit(work)

    async def close(self) -> None:
        """Close the connection after what still runs. Calling again does nothing."""
        if self._closed:
            return
        self._closed = True
        self._thread.submit(self._close)
        await asyncio.to_thread(self._thread.shutdown)

    def _work(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            if self._connection is None:
                self._connection = open_file(self.path)
            return work(self._connection, *args, **kwargs)
        except (sqlite3.Error, OSError) as error:
            raise BusError(f"bus {self.path}: {plain(error)}") from error

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def open_file(path: Path) -> sqlite3.Connection:
    """A connection in WAL mode to the log with its tables. Raises ``BusError`` on a network file system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    refuse_network(path.resolve(), mounts())
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA page_size = 8192")
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    with writing(connection):
        for statement in SCHEMA.split(";")[:-1]:
            connection.execute(statement)


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """The switch does not wait for its lock as other statements do: two processes may create the file at once."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


@contextlib.contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One write transaction, rolled back on an error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def plain(error: Exception) -> str:
    """What SQLite or the system said, in words that help."""
    text = str(error)
    if "disk is full" in text:
        return "the disk is full; free some space"
    if "locked" in text:
        return f"another process holds it locked for more than {BUSY_SECONDS:.0f} s"
    if isinstance(error, OSError):
        return error.strerror or text
    return text


def mounts() -> str:
    """The mounted file systems, where the system tells them."""
    table = Path("/proc/mounts")
    return table.read_text(errors="replace") if table.exists() else ""


def refuse_network(path: Path, table: str) -> None:
    """Raises ``BusError`` when ``path`` is on a network file system."""
    kind = filesystem_of(path, table)
    if NETWORK_FILESYSTEMS.fullmatch(kind):
        raise BusError(f"bus {path}: is on a network file system ({kind}), where SQLite loses data; use a local disk")


def filesystem_of(path: Path, table: str) -> str:
    """The type of the file system that holds ``path``, by the lines of /proc/mounts; empty when unknown."""
    found, longest = "", -1
    for line in table.splitlines():
        _, point, kind, *_ = (*line.split(" "), "", "", "")
        point = point.encode().decode("unicode_escape")
        if point and path.is_relative_to(point) and len(point) >= longest:
            found, longest = kind, len(point)
    return found
