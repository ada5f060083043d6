"""The lake: bills as raw, silver and gold files in a folder or a bucket, read and written by DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stores.lake.duck import duck
from stores.lake.errors import ChangedMeanwhileError, LakeError
from stores.lake.manifest import Manifest, manifests
from stores.lake.objects import Objects, open_objects

if TYPE_CHECKING:
    from schemas.settings import Settings

__all__ = ["ChangedMeanwhileError", "LakeError", "Manifest", "Objects", "duck", "manifests", "open_lake"]


def open_lake(settings: Settings) -> Objects:
    """The lake of the settings; nothing is opened yet. Raises ``InvalidInputError`` for an address that cannot be."""
    return open_objects(settings.lake_place, settings, "SENTINEL_LAKE")
