"""A folder as a place: whole files by rename, swaps under a lock."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from stores.lake.errors import ChangedMeanwhileError, LakeError
from stores.lake.objects import Found, Stored

STAGING: Final = ".staging"


class Folder:
    """One folder; it is made by the first write."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()

    @property
    def place(self) -> str:
        """The path."""
        return str(self._path)

    @property
    def staging(self) -> Path:
        """Inside, so that a rename is enough."""
        return self._path / STAGING

    def list(self, prefix: str = "") -> Iterator[Found]:
        """All files below."""
        with _explained(self.place):
            start = self._path / prefix
            for path in [start] if start.is_file() else sorted(start.rglob("*")):
                if path.is_file() and STAGING not in path.relative_to(self._path).parts:
                    told = path.stat()
                    modified = datetime.fromtimestamp(told.st_mtime, UTC)
                    yield Found(path.relative_to(self._path).as_posix(), told.st_size, modified)

    def read(self, key: str) -> Stored | None:
        """A file."""
        with _explained(self.place):
            try:
                body = (self._path / key).read_bytes()
            except FileNotFoundError:
                return None
            return Stored(body, _version(body))

    def swap(self, key: str, body: bytes, expected: str | None) -> None:
        """Under the lock of the folder."""
        with _explained(self.place), self._locked():
            now = self.read(key)
            if (now and now.version) != expected:
                raise ChangedMeanwhileError(f"{self.place}/{key}: was written by somebody else meanwhile")
            file = self.staging / f"{uuid4().hex}.swap"
            file.write_bytes(body)
            self.put(key, file)

    def put(self, key: str, file: Path) -> None:
        """By rename, after its bytes are on the disk."""
        with _explained(self.place):
            target = self._path / key
            target.parent.mkdir(parents=True, exist_ok=True)
            _sync(file)
            file.replace(target)
            _sync(target.parent)

    def local(self, key: str, _folder: Path) -> Path:
        """The file itself."""
        return self._path / key

    def delete(self, keys: Iterable[str]) -> None:
        """One by one, and the folders that they leave empty."""
        with _explained(self.place):
            for key in keys:
                path = self._path / key
                path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    path.parent.rmdir()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.staging.mkdir(parents=True, exist_ok=True)
        with (self.staging / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _version(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _explained(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or place
        raise LakeError(f"lake {where}: {error.strerror or error}") from error
