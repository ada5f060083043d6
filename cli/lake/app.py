"""``sentinel lake``: the commands and their options."""

from __future__ import annotations

from typing import Annotated

import typer

lake = typer.Typer(help="The lake of bills: its tables in Athena, and what leaves it.", rich_markup_mode=None)


@lake.command("ddl")
def ddl(
    database: Annotated[str, typer.Option(metavar="NAME", help="The database in Athena.")] = "sentinel",
    client: Annotated[
        list[str] | None, typer.Option(metavar="CLIENT", help="A client of the lake; may be repeated.")
    ] = None,
) -> int:
    """Print the statements that make tables and views of this lake in Athena; nothing is executed."""
    from cli.lake.command import print_ddl

    return print_ddl(database, client)


@lake.command("clean")
def clean(
    *,
    raw_days: Annotated[
        int, typer.Option(metavar="N", min=1, help="Keep raw files that no month comes from so long.")
    ] = 90,
    months: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Keep the newest N months only; without it all.")
    ] = None,
) -> int:
    """Take away files of replaced ingestions, old raw files and, if you say so, old months."""
    from cli.lake.command import clean_lake

    return clean_lake(raw_days, months)
