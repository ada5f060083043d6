"""What SQLite and PostgreSQL say differently about a daily cost: the value of a tag."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class TagOf(FunctionElement[str]):
    """The value of a tag, of a column that holds JSON as text; empty without it."""

    type = String()
    inherit_cache = True
    name = "tag_of"


def _arguments(element: FunctionElement[Any], compiler: SQLCompiler, **how: Any) -> list[str]:  # noqa: ANN401 - SQLAlchemy's own
    return [compiler.process(clause, **how) for clause in element.clauses]


@compiles(TagOf, "sqlite")
def _tag_sqlite(element: TagOf, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401
    column, name = _arguments(element, compiler, **how)
    return f"coalesce(json_extract({column}, '$.\"' || {name} || '\"'), '')"


@compiles(TagOf, "postgresql")
def _tag_postgres(element: TagOf, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401
    column, name = _arguments(element, compiler, **how)
    return f"coalesce(({column})::json ->> ({name})::text, '')"
