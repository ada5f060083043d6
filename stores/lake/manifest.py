"""Manifests: which files are the month of a billing account now. Swapping one is how a month changes, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote

import msgspec

from schemas.ingestion import Totals
from stores.ingestions import Ingestion
from stores.lake.objects import Objects, Stored

MANIFESTS: Final = "manifests/"


class File(msgspec.Struct, frozen=True):
    """A file of the lake."""

    key: str
    rows: int
    size_bytes: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One line of JSON at ``manifests/client=…/provider=…/billing_account=…/billing_period=….json``."""

    client_id: str
    ingestion_id: str
    source: str
    provider: str
    billing_account_id: str
    billing_period: str
    raw: tuple[str, ...]
    silver: tuple[File, ...]
    gold: tuple[File, ...]
    totals: Mapping[str, Totals]
    asof: datetime
    demo: bool = False
    version: int = 1


def partition(ingestion: Ingestion) -> str:
    """The folder of a month within silver or gold. Accounts share it; files are named by their ingestion."""
    return (
        f"client={quote(ingestion.client_id, safe='')}/provider={quote(ingestion.provider, safe='')}"
        f"/billing_period={ingestion.billing_period}"
    )


def file_key(layer: str, ingestion: Ingestion) -> str:
    """Where a file of an ingestion is: ``layer`` is ``silver`` or ``gold``."""
    return f"{layer}/{partition(ingestion)}/{ingestion.id}.parquet"


def manifest_key(ingestion: Ingestion | Manifest) -> str:
    """Where the manifest of its slice is."""
    client, provider = quote(ingestion.client_id, safe=""), quote(ingestion.provider, safe="")
    account = quote(ingestion.billing_account_id, safe="")
    return (
        f"{MANIFESTS}client={client}/provider={provider}/billing_account={account}"
        f"/billing_period={ingestion.billing_period}.json"
    )


def read_manifest(objects: Objects, ingestion: Ingestion) -> tuple[Manifest, str] | tuple[None, None]:
    """The manifest of its slice with its version; nothing when the month is not there."""
    stored = objects.read(manifest_key(ingestion))
    return (None, None) if stored is None else (_decoded(stored), stored.version)


def swap_manifest(objects: Objects, ingestion: Ingestion, manifest: Manifest, expected: str | None) -> None:
    """The month is the new one from now on. Raises ``ChangedMeanwhileError``."""
    objects.swap(manifest_key(ingestion), msgspec.json.encode(manifest) + b"\n", expected)


def manifests(objects: Objects, client_id: str | None = None) -> Iterator[Manifest]:
    """All of them, or those of one client."""
    prefix = MANIFESTS if client_id is None else f"{MANIFESTS}client={quote(client_id, safe='')}/"
    for found in objects.list(prefix):
        stored = objects.read(found.key)
        if stored is not None:
            yield _decoded(stored)


def _decoded(stored: Stored) -> Manifest:
    return msgspec.json.decode(stored.body, type=Manifest)
