"""``sentinel costs``: the commands and their options."""

from __future__ import annotations

from typing import Annotated

import typer

costs = typer.Typer(help="What the clouds cost: bills come in, figures go out.", rich_markup_mode=None)


@costs.command("ingest")
def ingest(
    source: Annotated[str, typer.Argument(metavar="FORM", help="The form of the bill, such as aws-cur or focus.")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="File, folder, s3://…, az://… or gs://….")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take over from another source, or take a month that shrank.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on standard error.")] = False,
    output_format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
) -> int:
    """Read a bill into lake and store of this shell (no server needed), and reconcile it with its source."""
    from cli.costs.ingest import IngestOptions, run_ingest

    return run_ingest(IngestOptions(source, path, replace=replace, quiet=quiet, output_format=output_format))
