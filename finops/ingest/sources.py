"""The files of a bill at a path or in a bucket."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from finops.readers.protocol import RawFile
from schemas.errors import InvalidInputError
from stores.lake.objects import Objects, open_objects
from stores.lake.raw import chunks_of

if TYPE_CHECKING:
    from schemas.settings import Settings


class PlaceSource:
    """A file, or all files below a folder or a prefix."""

    def __init__(self, path: str, settings: Settings) -> None:
        self._path = path
        self._objects, self._prefix = _opened(path, settings)

    def list(self) -> list[RawFile]:
        """What lies there. Raises ``InvalidInputError`` when nothing does."""
        found = [RawFile(each.key, each.size_bytes, each.modified_at) for each in self._objects.list(self._prefix)]
        if not found:
            raise InvalidInputError("path", self._path, "there is no such file or folder, or it is empty")
        return found

    def chunks(self, key: str) -> Iterable[bytes]:
        """As it is."""
        return self._read(key)

    def _read(self, key: str) -> Iterator[bytes]:
        with tempfile.TemporaryDirectory(prefix="sentinel-bill-") as folder:
            yield from chunks_of(self._objects.local(key, Path(folder)))


def _opened(path: str, settings: Settings) -> tuple[Objects, str]:
    """A single file is the one object of its folder."""
    if "://" in path:
        scheme, _, rest = path.partition("://")
        place, _, name = rest.rstrip("/").rpartition("/")
        is_file = "." in name and bool(place)
        return open_objects(f"{scheme}://{place if is_file else rest}", settings, "path"), name if is_file else ""
    local = Path(path)
    if local.is_file():
        return open_objects(str(local.absolute().parent), settings, "path"), local.name
    return open_objects(path, settings, "path"), ""
