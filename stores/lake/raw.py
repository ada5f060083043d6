"""Raw: files as they came, named by their content, never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

from stores.lake.objects import Objects

RAW: Final = "raw/"
_ENDINGS: Final = (".csv", ".csv.gz", ".parquet", ".json", ".json.gz")


class Kept(NamedTuple):
    """A raw file: where it is in the lake, and what its content hashes to."""

    key: str
    sha256: str


def keep_raw(objects: Objects, name: str, chunks: Iterable[bytes]) -> Kept:
    """Copy a file as it comes. One that is there already stays as it is."""
    objects.staging.mkdir(parents=True, exist_ok=True)
    file, digest = objects.staging / f"{uuid4().hex}.raw", hashlib.sha256()
    try:
        with file.open("wb") as copy:
            for chunk in chunks:
                digest.update(chunk)
                copy.write(chunk)
        kept = Kept(raw_key(digest.hexdigest(), name), digest.hexdigest())
        if next(iter(objects.list(kept.key)), None) is None:
            objects.put(kept.key, file)
        return kept
    finally:
        file.unlink(missing_ok=True)


def raw_key(sha256: str, name: str) -> str:
    """The ending of the name stays: it tells the form."""
    ending = next((each for each in sorted(_ENDINGS, key=len, reverse=True) if name.lower().endswith(each)), "")
    return f"{RAW}{sha256[:2]}/{sha256}{ending}"


def chunks_of(path: Path, size_bytes: int = 1024 * 1024) -> Iterable[bytes]:
    """A file in pieces."""
    with path.open("rb") as file:
        while chunk := file.read(size_bytes):
            yield chunk
