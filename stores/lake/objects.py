"""Where files are: a folder, or a bucket (``s3://``, ``az://``, ``gs://``). Whole objects, written once or swapped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from schemas.addresses import masked
from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from schemas.settings import Settings

BUCKETS: Final = ("s3", "az", "gs")
FORMS: Final = "a folder, s3://BUCKET[/PREFIX], az://ACCOUNT/CONTAINER[/PREFIX] or gs://BUCKET[/PREFIX]"


class Found(NamedTuple):
    """An object as a listing tells it; the key is relative to the place."""

    key: str
    size_bytes: int
    modified_at: datetime


class Stored(NamedTuple):
    """A small object, and the version that a swap compares."""

    body: bytes
    version: str


class Objects(Protocol):
    """One place. Blocking; for threads. Raises ``LakeError`` with one clear line for what the place refuses."""

    @property
    def place(self) -> str:
        """Where it is, for people."""

    @property
    def staging(self) -> Path:
        """A folder on this machine for files that are not in the place yet."""

    def list(self, prefix: str = "") -> Iterator[Found]:
        """All objects below a prefix that ends on a slash, or that is one object itself."""

    def read(self, key: str) -> Stored | None:
        """A small object; None when it is not there."""

    def swap(self, key: str, body: bytes, expected: str | None) -> None:
        """Replace a small object if it is still the expected version (None: not there), in one step.

        Raises ``ChangedMeanwhileError``.
        """

    def put(self, key: str, file: Path) -> None:
        """Take a file of the staging folder; nobody sees half of it. The file may be gone afterwards."""

    def local(self, key: str, folder: Path) -> Path:
        """The object as a file here: itself, or a copy in the folder."""

    def delete(self, keys: Iterable[str]) -> None:
        """Take them away; those that are not there are no error."""


def open_objects(place: str, settings: Settings, field: str) -> Objects:
    """The place of this address; nothing is opened yet. Raises ``InvalidInputError`` for ``field``."""
    scheme, separator, rest = place.partition("://")
    if not separator:
        from stores.lake.folder import Folder

        return Folder(Path(place))
    if scheme in BUCKETS and rest.strip("/"):
        from stores.lake.bucket import Bucket

        return Bucket(place, settings)
    raise InvalidInputError(field, masked(place), f"allowed: {FORMS}")
