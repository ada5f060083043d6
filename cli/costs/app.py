"""``sentinel costs``: the commands and their options."""

from __future__ import annotations

from typing import Annotated

import typer

costs = typer.Typer(help="What the clouds cost: bills come in, figures go out.", rich_markup_mode=None)


@costs.command("ingest")
def ingest(
    source: Annotated[str, typer.Argument(metavar="FORM", help="The form of the bill, such as aws-cur or focus.")],
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="File, folder, s3://…, az://… or gs://….")] = "",
    *,
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="aws-ce, azure-query: from this month on.")
    ] = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="aws-ce, azure-query: up to this month.")] = "",
    account: Annotated[str, typer.Option("--account", metavar="ID", help="azure-query: the subscription.")] = "",
    profile: Annotated[str, typer.Option("--profile", metavar="NAME", help="aws-ce: a profile of the AWS CLI.")] = "",
    role_arn: Annotated[str, typer.Option("--role-arn", metavar="ARN", help="aws-ce: a role to assume.")] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Take over from another source, or take a month that shrank.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on standard error.")] = False,
    output_format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
) -> int:
    """Read a bill into lake and store of this shell (no server needed), and reconcile it with its source."""
    from cli.costs.asking import Asking
    from cli.costs.ingest import IngestOptions, run_ingest

    asked = Asking(since, until, account, profile, role_arn)
    return run_ingest(IngestOptions(source, path, asked, replace=replace, quiet=quiet, output_format=output_format))
