"""What leaves the lake: files that no manifest names any more, old raw files, and months that were kept long enough."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from stores.lake.manifest import Manifest, manifest_key, manifests
from stores.lake.objects import Found, Objects
from stores.lake.raw import RAW

GRACE: Final = timedelta(days=1)
"""A reader that took a manifest may still read its files; an ingestion may not have swapped its own yet."""
LAYERS: Final = ("silver/", "gold/")


class Removed(NamedTuple):
    """What was taken."""

    objects: int
    size_bytes: int
    months: int


def clean(objects: Objects, now: datetime, *, raw_days: int, months: int | None = None) -> Removed:
    """Take what is not needed. ``raw_days``: how long raw stays that no month comes from. ``months``: keep so many."""
    held = list(manifests(objects))
    old = [one for one in held if months is not None and one.billing_period < _first_month(now, months)]
    objects.delete([manifest_key(one) for one in old])
    kept = [one for one in held if one not in old]
    gone = [*_unnamed(objects, kept, now), *_old_raw(objects, kept, now - timedelta(days=raw_days))]
    objects.delete([each.key for each in gone])
    return Removed(len(gone), sum(each.size_bytes for each in gone), len(old))


def _unnamed(objects: Objects, kept: Iterable[Manifest], now: datetime) -> list[Found]:
    named = {file.key for one in kept for file in (*one.silver, *one.gold)}
    found = [each for layer in LAYERS for each in objects.list(layer)]
    return [each for each in found if each.key not in named and each.modified_at < now - GRACE]


def _old_raw(objects: Objects, kept: Iterable[Manifest], before: datetime) -> list[Found]:
    named = {key for one in kept for key in one.raw}
    return [each for each in objects.list(RAW) if each.key not in named and each.modified_at < before]


def _first_month(now: datetime, months: int) -> str:
    count = now.year * 12 + now.month - months
    return f"{count // 12:04}-{count % 12 + 1:02}"
