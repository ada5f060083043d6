"""DuckDB as this product runs it: bounded memory, no network, no extension but those that are built in."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    import duckdb

    from schemas.settings import Settings

THREADS: Final = 2
"""Each holds buffers of its own: more of them take more memory for little more speed."""


@contextlib.contextmanager
def duck(settings: Settings, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory that spills into a folder of its own below ``folder``.

    Raises ``InvalidInputError`` where the extra ``[lake]`` is not installed.
    """
    engine = _engine()
    spill = folder / f"spill-{uuid4().hex}"
    spill.mkdir(parents=True)
    connection = engine.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "memory_limit": f"{settings.lake_memory_mib}MiB",
            "temp_directory": str(spill),
            "preserve_insertion_order": "false",
            "threads": str(THREADS),
        }
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


def _engine() -> ModuleType:
    try:
        import duckdb
    except ImportError:
        raise InvalidInputError("lake", None, "bills need DuckDB: install cloud-sentinel[lake]") from None
    return duckdb


def quoted(text: str | Path) -> str:
    """A text as SQL writes it."""
    return "'" + str(text).replace("'", "''") + "'"
