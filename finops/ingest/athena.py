"""The lake as tables of Amazon Athena: partitions by projection (nothing to crawl), and only what manifests name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from finops.ingest.layers import COLUMNS
from schemas.errors import InvalidInputError
from schemas.focus import SILVER, Kind

TYPES: Final[dict[Kind, str]] = {
    "text": "string",
    "decimal": "decimal(38,18)",
    "time": "timestamp",
    "json": "string",
    "boolean": "boolean",
}
GOLD: Final = {
    "day": "date",
    "is_final": "boolean",
    "lines": "bigint",
    **dict.fromkeys(("billed", "effective", "list", "contracted", "quantity"), "decimal(38,18)"),
}
"""Columns of gold that are no text."""
PROVIDERS: Final = "aws,azure,gcp"
FIRST_MONTH: Final = "2019-01"
FILES: Final = "array<struct<key:string,rows:bigint,size_bytes:bigint>>"
MANIFEST: Final = {
    **dict.fromkeys(("client_id", "ingestion_id", "source", "provider", "billing_account_id"), "string"),
    "billing_period": "string",
    "silver": FILES,
    "gold": FILES,
}


def statements(place: str, database: str, clients: Sequence[str]) -> Iterator[str]:
    """The database, a table for each layer and the manifests, and a view of each layer as it counts now.

    Raises ``InvalidInputError`` for a lake that is not on S3.
    """
    if not place.startswith("s3://"):
        raise InvalidInputError("SENTINEL_LAKE", place, "Athena reads S3 only; allowed: s3://BUCKET[/PREFIX]")
    silver = {column.name.lower(): TYPES[column.kind] for column in SILVER}
    gold = {name: GOLD.get(name, "string") for name in COLUMNS}
    yield f"CREATE DATABASE IF NOT EXISTS {database}"
    yield _layer(place, database, "silver", silver, clients)
    yield _layer(place, database, "gold", gold, clients)
    yield _manifests(place, database)
    yield _view(place, database, "lines", "silver")
    yield _view(place, database, "daily_costs", "gold")


def _layer(place: str, database: str, layer: str, columns: dict[str, str], clients: Sequence[str]) -> str:
    partitions = {"client": "string", "provider": "string", "billing_period": "string"}
    folders = "/".join(f"{name}=${{{name}}}" for name in partitions)
    properties = {
        "projection.enabled": "true",
        "projection.client.type": "enum",
        "projection.client.values": ",".join(clients),
        "projection.provider.type": "enum",
        "projection.provider.values": PROVIDERS,
        "projection.billing_period.type": "date",
        "projection.billing_period.format": "yyyy-MM",
        "projection.billing_period.interval": "1",
        "projection.billing_period.interval.unit": "MONTHS",
        "projection.billing_period.range": f"{FIRST_MONTH},NOW",
        "storage.location.template": f"{place}/{layer}/{folders}",
    }
    told = ",\n".join(f"  '{name}' = '{value}'" for name, value in properties.items())
    parts = ", ".join(f"`{name}` {kind}" for name, kind in partitions.items())
    return (
        f"CREATE EXTERNAL TABLE IF NOT EXISTS {database}.{layer} (\n{_columns(columns)}\n)\n"
        f"PARTITIONED BY ({parts})\nSTORED AS PARQUET\nLOCATION '{place}/{layer}/'\nTBLPROPERTIES (\n{told}\n)"
    )


def _manifests(place: str, database: str) -> str:
    return (
        f"CREATE EXTERNAL TABLE IF NOT EXISTS {database}.manifests (\n{_columns(MANIFEST)}\n)\n"
        "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'\n"
        f"LOCATION '{place}/manifests/'"
    )


def _view(place: str, database: str, name: str, layer: str) -> str:
    """Files of older ingestions lie beside those that count until retention takes them."""
    return (
        f"CREATE OR REPLACE VIEW {database}.{name} AS\n"
        "SELECT data.*, manifest.billing_account_id AS manifest_account, manifest.ingestion_id\n"
        f"FROM {database}.{layer} AS data\n"
        f"JOIN (SELECT m.billing_account_id, m.ingestion_id, file.key AS file_key FROM {database}.manifests AS m "
        f"CROSS JOIN UNNEST(m.{layer}) AS t (file)) AS manifest\n"
        f"ON data.\"$path\" = '{place}/' || manifest.file_key"
    )


def _columns(columns: dict[str, str]) -> str:
    return ",\n".join(f"  `{name}` {kind}" for name, kind in columns.items())
