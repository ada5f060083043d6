"""The files of a bill as a relation of DuckDB: CSV, CSV.gz, Parquet, and pages of an API kept as JSON."""

from __future__ import annotations

import codecs
import csv
import gzip
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, cast

from finops.readers.expressions import literal
from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENDINGS: Final = (".csv", ".csv.gz", ".parquet", ".json", ".json.gz")
MAX_LINE_BYTES: Final = 16 * 1024 * 1024
BUFFER_BYTES: Final = 2 * MAX_LINE_BYTES
"""DuckDB's own choice would be sixteen lines: with two threads and some files more memory than a lake may take."""


@dataclass(frozen=True)
class Part:
    """A file of a delivery, here."""

    key: str
    """What it is called in the source; its ending tells the form, and messages name it."""
    path: Path
    """Where its bytes are, under any name."""

    @property
    def gzipped(self) -> bool:
        """By its ending."""
        return self.key.lower().endswith(".gz")


def relation(parts: Sequence[Part], *, numbered: bool = False) -> str:
    """The rows of all parts, as what stands after FROM. Columns that only some parts have are null in the others.

    ``numbered`` adds ``_file`` and ``_number`` (from 1, within the file), for ``rejected_sql``. Raises
    ``InvalidInputError`` for an empty, truncated or undecodable head of a file, and for an ending that is not known.
    """
    if not parts:
        raise InvalidInputError("path", None, "no file of a bill is there")
    return "(" + " UNION ALL BY NAME ".join(_select(part, numbered=numbered) for part in parts) + ")"


def _select(part: Part, *, numbered: bool) -> str:
    extra = f", {literal(part.key)} AS _file, row_number() OVER () AS _number" if numbered else ""
    return f"SELECT *{extra} FROM {_table(part)}"


def _table(part: Part) -> str:
    told, path = part.key.lower(), literal(str(part.path))
    if told.endswith((".csv", ".csv.gz")):
        return _csv(part)
    if told.endswith(".parquet"):
        return f"read_parquet({path})"
    if told.endswith((".json", ".json.gz")):
        zipped = "gzip" if part.gzipped else "none"
        return f"read_json({path}, columns = {{page: 'JSON'}}, records = false, compression = '{zipped}')"
    raise InvalidInputError("path", part.key, f"allowed endings: {', '.join(ENDINGS)}")


def _csv(part: Part) -> str:
    """Every column as text, under the header's own names: no guessing by DuckDB."""
    encoding = _encoding(part)
    columns = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in csv_header(part))
    line = _first_line(part, encoding)
    options = f"header = true, delim = {literal(_delimiter(line))}, quote = '\"', escape = '\"'"
    zipped = "gzip" if part.gzipped else "none"
    sizes = f"max_line_size = {MAX_LINE_BYTES}, buffer_size = {BUFFER_BYTES}"
    form = f"encoding = '{encoding}', compression = '{zipped}', {sizes}"
    return f"read_csv({literal(str(part.path))}, auto_detect = false, columns = {{{columns}}}, {options}, {form})"


def csv_header(part: Part) -> list[str]:
    """The names of the columns. Raises ``InvalidInputError`` for no names, and for a name that stands there twice."""
    line = _first_line(part, _encoding(part))
    told = next(csv.reader([line], delimiter=_delimiter(line)), [])
    names = [column.strip() or f"_unnamed_{number}" for number, column in enumerate(told, 1)]
    if len(names) < 2:  # noqa: PLR2004 - one column is no table
        raise InvalidInputError(part.key, line[:80], "the first line has to name the columns of a bill")
    twice = sorted({column for column in names if names.count(column) > 1})
    if twice:
        raise InvalidInputError(part.key, twice[0], "this column stands in the header twice; allowed: once")
    return names


def _delimiter(line: str) -> str:
    """Comma, or what a spreadsheet of another language writes."""
    return max(",;\t", key=line.count)


def _encoding(part: Part) -> str:
    """By the byte-order mark: UTF-8, or UTF-16."""
    return "utf-16" if _head(part, 2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8"


def _first_line(part: Part, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
    try:
        told = decoder.decode(_head(part, 1024 * 1024))
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not {encoding}; allowed: UTF-8, UTF-16"
        raise InvalidInputError(part.key, None, reason) from error
    return told.splitlines()[0] if told.strip() else ""


def _head(part: Part, size_bytes: int) -> bytes:
    try:
        with cast("IO[bytes]", gzip.open(part.path) if part.gzipped else part.path.open("rb")) as file:
            return file.read(size_bytes)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        reason = f"the gzip file is cut off or broken ({error}); copy it again"
        raise InvalidInputError(part.key, None, reason) from error
