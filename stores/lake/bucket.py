"""A bucket as a place: S3, Azure Blob Storage, Google Cloud Storage, with the vendor's usual credentials.

The region, the endpoint and the keys come from the vendor's own variables (``AWS_REGION``, ``AWS_ENDPOINT_URL``,
``AZURE_STORAGE_ACCOUNT_KEY``, ``GOOGLE_APPLICATION_CREDENTIALS`` …) or from the machine's identity.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

from stores.lake.errors import ChangedMeanwhileError, LakeError
from stores.lake.objects import Found, Stored

if TYPE_CHECKING:
    from obstore.store import ObjectStore

    from schemas.settings import Settings

CHUNK: Final = 8 * 1024 * 1024
PARTS_AT_ONCE: Final = 4


class Bucket:
    """One bucket, below a prefix."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.place = url.rstrip("/")
        self.staging = settings.home.absolute() / "staging"
        self._settings = settings
        self._opened: ObjectStore | None = None

    def list(self, prefix: str = "") -> Iterator[Found]:
        """Page by page."""
        with _explained(self.place):
            found = False
            for page in obstore.list(self._store, prefix or None, chunk_size=1000):
                for each in page:
                    found = True
                    yield Found(each["path"], each["size"], each["last_modified"])
            if not found and prefix:
                with contextlib.suppress(FileNotFoundError):
                    each = obstore.head(self._store, prefix)
                    yield Found(each["path"], each["size"], each["last_modified"])

    def read(self, key: str) -> Stored | None:
        """By one request."""
        with _explained(self.place):
            try:
                answer = obstore.get(self._store, key)
            except FileNotFoundError:
                return None
            return Stored(bytes(answer.bytes()), answer.meta["e_tag"] or "")

    def swap(self, key: str, body: bytes, expected: str | None) -> None:
        """By a conditional write: ``If-Match`` with the version, or ``If-None-Match``."""
        mode: Any = "create" if expected is None else {"e_tag": expected}
        with _explained(self.place):
            try:
                obstore.put(self._store, key, body, mode=mode, use_multipart=False)
            except (AlreadyExistsError, PreconditionError) as error:
                raise ChangedMeanwhileError(f"{self.place}/{key}: was written by somebody else meanwhile") from error

    def put(self, key: str, file: Path) -> None:
        """In parts, each of some megabytes in memory."""
        with _explained(self.place):
            obstore.put(self._store, key, file, chunk_size=CHUNK, max_concurrency=PARTS_AT_ONCE)
            file.unlink()

    def local(self, key: str, folder: Path) -> Path:
        """A copy. One that is there already is taken: objects but manifests never change."""
        target = folder / key
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f"{target.name}.part")
            with _explained(self.place), part.open("wb") as file:
                for chunk in obstore.get(self._store, key).stream(min_chunk_size=CHUNK):
                    file.write(chunk)
            part.replace(target)
        return target

    def delete(self, keys: Iterable[str]) -> None:
        """By the bulk request where there is one."""
        gone = list(keys)
        if gone:
            with _explained(self.place):
                obstore.delete(self._store, gone)

    @property
    def _store(self) -> ObjectStore:
        if self._opened is None:
            with _explained(self.place):
                self._opened = _opened(self.place, self._settings)
        return self._opened


def _opened(url: str, settings: Settings) -> ObjectStore:
    from obstore.store import from_url

    config: Any = {}
    if url.startswith("s3://") and settings.lake_encryption:
        config["server_side_encryption"] = settings.lake_encryption
        if settings.lake_kms_key:
            config["sse_kms_key_id"] = settings.lake_kms_key
    options: Any = {"allow_http": True, "timeout": "60s"}
    return from_url(url, config=config, client_options=options)


@contextlib.contextmanager
def _explained(place: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise LakeError(f"{place}: not there: {_line(error)}") from error
    except (BaseError, OSError, ValueError) as error:
        raise LakeError(f"{place}: {_line(error)}") from error


def _line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
