"""Which files of a source belong together: manifests, months, and runs that replace each other."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from finops.readers.files import ENDINGS
from finops.readers.protocol import Delivery
from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from finops.readers.protocol import Fetch, RawFile

MONTHS: Final = (
    re.compile(r"(?:^|/)(20\d\d)(\d\d)\d\d-20\d{6}(?:/|$)"),
    re.compile(r"billing_period=(20\d\d)-(\d\d)", re.IGNORECASE),
    re.compile(r"year=(20\d\d)/month=(\d{1,2})(?:/|$)", re.IGNORECASE),
)
"""How folders name a month: ``20261101-20261201``, ``BILLING_PERIOD=2026-11``, ``year=2026/month=11``."""

MANIFEST: Final = re.compile(r"(?:^|[/-])manifest\.json$", re.IGNORECASE)
"""``cur-Manifest.json``, ``manifest.json``; not ``cur-RedshiftManifest.json`` beside it."""


def month_of(key: str) -> str:
    """``2026-11`` where a folder says it, else nothing."""
    return _place(key)[0]


def _place(key: str) -> tuple[str, str]:
    """The month that a folder names, and what stands before that folder: one export."""
    for pattern in MONTHS:
        if found := pattern.search(key):
            return f"{found[1]}-{int(found[2]):02}", key[: found.start()].strip("/")
    return "", ""


def by_month(files: Sequence[RawFile], fetch: Fetch, endings: tuple[str, ...] = ENDINGS[:3]) -> list[Delivery]:
    """For each export and month the newest manifest's parts; without manifests all data files of the month."""
    manifests = [file for file in files if MANIFEST.search(file.key)]
    data = data_files((file for file in files if not MANIFEST.search(file.key)), endings)
    if manifests:
        return _of_manifests(manifests, data, fetch)
    return [Delivery(_name(place), tuple(file.key for file in group)) for place, group in by_place(data)]


def newest_runs(files: Sequence[RawFile], fetch: Fetch) -> list[Delivery]:
    """As ``by_month``; without manifests the newest run of a month, since each run tells the whole month again.

    A run is a folder below the month's; in the month's own folder each file that is not one of several parts.
    """
    if any(MANIFEST.search(file.key) for file in files):
        return by_month(files, fetch)
    return [Delivery(_name(place), _newest_run(place, group)) for place, group in by_place(data_files(files))]


def _newest_run(place: tuple[str, str], files: list[RawFile]) -> tuple[str, ...]:
    if not place[0]:
        return tuple(file.key for file in files)
    newest = max(files, key=lambda file: (file.modified_at, file.key))
    return tuple(file.key for file in files if _run(file.key) == _run(newest.key))


def _run(key: str) -> str:
    """The folder, and the file's name without the number of its part."""
    return re.sub(r"(?:part)?_\d+(?:_\d+)?(?=\.[a-z.]+$)", "", key.lower())


def by_place(files: Iterable[RawFile]) -> list[tuple[tuple[str, str], list[RawFile]]]:
    """Files of the same month of the same export, oldest month first."""
    ordered = sorted(files, key=lambda file: (_place(file.key), file.key))
    return [(place, list(group)) for place, group in groupby(ordered, key=lambda file: _place(file.key))]


def _name(place: tuple[str, str]) -> str:
    return " ".join(part for part in place if part) or "all"


def data_files(files: Iterable[RawFile], endings: tuple[str, ...] = ENDINGS[:3]) -> list[RawFile]:
    """The files that hold lines, by key. Raises ``InvalidInputError`` for none, and for a ZIP."""
    found = sorted(files, key=lambda file: file.key)
    zipped = [file.key for file in found if file.key.lower().endswith(".zip")]
    if zipped:
        raise InvalidInputError("path", zipped[0], "ZIP is not read; export as GZIP or Parquet, or unpack it")
    data = [file for file in found if file.key.lower().endswith(endings)]
    if not data:
        raise InvalidInputError("path", None, f"no file of a bill is there; allowed endings: {', '.join(endings)}")
    return data


@dataclass(frozen=True)
class _Manifest:
    key: str
    written_at: datetime
    parts: tuple[str, ...]
    rows: int | None


def _of_manifests(manifests: list[RawFile], data: list[RawFile], fetch: Fetch) -> list[Delivery]:
    newest: dict[tuple[str, str], _Manifest] = {}
    for file in sorted(manifests, key=lambda file: (file.modified_at, -len(file.key))):
        newest[_place(file.key)] = _read(file, fetch(file.key))
    keys = [file.key for file in data]
    return [_delivery(_name(place), manifest, keys) for place, manifest in sorted(newest.items())]


def _read(file: RawFile, content: bytes) -> _Manifest:
    """AWS tells ``reportKeys`` (CUR) or ``dataFiles`` (Data Exports), Azure ``blobs``."""
    try:
        told: dict[str, Any] = json.loads(content.decode("utf-8-sig"))
        blobs = told.get("blobs") or []
        parts = told.get("reportKeys") or told.get("dataFiles") or [blob["blobName"] for blob in blobs]
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise InvalidInputError(file.key, None, f"this manifest cannot be read ({error})") from error
    if not parts:
        raise InvalidInputError(file.key, None, "this manifest names no part; allowed: reportKeys, dataFiles or blobs")
    rows = told.get("dataRowCount")
    return _Manifest(file.key, file.modified_at, tuple(_key(part) for part in parts), rows)


def _key(part: str) -> str:
    """Without the bucket: ``s3://bucket/a/b`` is ``a/b``."""
    return re.sub(r"^s3://[^/]+/", "", part).lstrip("/")


def _delivery(month: str, manifest: _Manifest, keys: list[str]) -> Delivery:
    parts = tuple(_present(part, manifest.key, keys) for part in manifest.parts)
    twice = sorted({part for part in parts if parts.count(part) > 1})
    if twice:
        raise InvalidInputError(manifest.key, twice[0], "this part is named twice; allowed: once")
    return Delivery(month, parts, manifest.key, manifest.rows)


def _present(part: str, manifest: str, keys: list[str]) -> str:
    """The listed file that a manifest means: its names begin at the bucket's root, the listing's where it was asked."""
    for key in keys:
        if part == key or part.endswith(f"/{key}") or key.endswith(f"/{part}"):
            return key
    raise InvalidInputError(manifest, part, "this part is not there; wait for the export to end, or copy it too")


def check_contents(digests: Mapping[str, str]) -> None:
    """Of the parts of one delivery, by key. Raises ``InvalidInputError`` when two are the same bytes."""
    seen: dict[str, str] = {}
    for key, digest in digests.items():
        if digest in seen:
            raise InvalidInputError(key, None, f"the same content as {seen[digest]}: its lines would count twice")
        seen[digest] = key
