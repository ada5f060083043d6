"""The files of the daily run: whole or not there, named by their day, kept for a while, copied to a place."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import msgspec

if TYPE_CHECKING:
    from stores.lake.objects import Objects

UPLOADED: Final = ("processed", "reports", "kpis")
FOLDERS: Final = ("raw", *UPLOADED)
HISTORY: Final = "history.jsonl"
DAY: Final = re.compile(r"(?:^|_)(\d{4}-\d{2}-\d{2})\.(?:csv|json|txt)$")


class Written(msgspec.Struct, frozen=True):
    """A file of the run: its path below the folder, its size, and what its bytes are."""

    key: str
    size_bytes: int
    sha256: str


def write(folder: Path, key: str, text: str) -> Written:
    """Write one file, whole or not at all."""
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid4().hex}")
    body = text.encode()
    part.write_bytes(body)
    part.replace(path)
    return Written(key, len(body), hashlib.sha256(body).hexdigest())


def append_history(folder: Path, entry: Mapping[str, object]) -> None:
    """One line more in the history of executions."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / HISTORY).open("ab") as file:
        file.write(msgspec.json.encode(entry) + b"\n")


def upload(folder: Path, files: Iterable[Written], place: Objects) -> list[str]:
    """Put the processed table, the report and the figures there; their keys. Raises ``LakeError``."""
    keys = [file.key for file in files if file.key.partition("/")[0] in UPLOADED]
    place.staging.mkdir(parents=True, exist_ok=True)
    for key in keys:
        staged = place.staging / f"{uuid4().hex}.upload"
        shutil.copyfile(folder / key, staged)
        place.put(key, staged)
    return keys


def clean(folder: Path, before: date) -> list[str]:
    """Delete the files of days before that one; their keys. What is not named by a day stays."""
    old = [
        path
        for name in FOLDERS
        for path in sorted((folder / name).glob("*"))
        if path.is_file() and is_older(path.name, before)
    ]
    for path in old:
        path.unlink()
    return [path.relative_to(folder).as_posix() for path in old]


def clean_place(place: Objects, before: date) -> list[str]:
    """The same at the place of the uploads. Raises ``LakeError``."""
    old = [found.key for name in UPLOADED for found in place.list(f"{name}/") if is_older(found.key, before)]
    place.delete(old)
    return old


def is_older(name: str, before: date) -> bool:
    """Whether the file is named by a day before that one."""
    found = DAY.search(name)
    try:
        return found is not None and date.fromisoformat(found[1]) < before
    except ValueError:
        return False


def cutoff(day: date, retention_days: int) -> date:
    """The oldest day that is kept."""
    return day - timedelta(days=retention_days)
