"""``sentinel costs``: the commands and their options."""

from __future__ import annotations

from pathlib import Path
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


Since = Annotated[
    str | None, typer.Option(metavar="DAY", help="First day, as 2026-11-01; the current month without it.")
]
Until = Annotated[str | None, typer.Option(metavar="DAY", help="The day behind the last one.")]
Cloud = Annotated[list[str] | None, typer.Option(metavar="CLOUD", help="Only of this cloud; may be repeated.")]
Account = Annotated[list[str] | None, typer.Option(metavar="ACCOUNT", help="Only of this account; may be repeated.")]
Service = Annotated[list[str] | None, typer.Option(metavar="SERVICE", help="Only of it, as the bill names it.")]
Region = Annotated[list[str] | None, typer.Option(metavar="REGION", help="Only in this region.")]
Category = Annotated[list[str] | None, typer.Option(metavar="CATEGORY", help="Only of it, for example Compute.")]
Tag = Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="Only with this tag; empty: without it.")]
ConvertTo = Annotated[
    str | None, typer.Option(metavar="CURRENCY", help="Add up currencies by the rates of SENTINEL_RATES.")
]
Measured = Annotated[str, typer.Option(metavar="MEASURE", help="billed, effective or list.")]
Form = Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")]


@costs.command("export")
def export(
    *,
    group_by: Annotated[
        str, typer.Option(metavar="NAMES", help="Up to five, by commas: day, service, account, tag:NAME …")
    ] = "day,cloud,account,service",
    output_format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="csv or parquet.")] = "csv",
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to; standard output without it.")] = None,
    since: Since = None,
    until: Until = None,
    cloud: Cloud = None,
    account: Account = None,
    service: Service = None,
    region: Region = None,
    category: Category = None,
    tag: Tag = None,
    convert_to: ConvertTo = None,
) -> int:
    """Costs as a file, from store and lake of this shell: no server needed."""
    from cli.costs import figures

    chosen = figures.Selection(
        since=since,
        until=until,
        cloud=cloud or (),
        account=account or (),
        service=service or (),
        region=region or (),
        category=category or (),
        tag=tag or (),
        convert_to=convert_to,
    )
    return figures.export(chosen, group_by, output_format, output)


@costs.command("summary")
def summary(measure: Measured = "effective", output_format: Form = "table") -> int:
    """The month to date against the same days of the month before, by cloud."""
    from cli.costs import figures

    return figures.summary(measure, output_format)


@costs.command("top")
def top(
    *,
    by: Annotated[str, typer.Option(metavar="NAME", help="service, account, region, resource, tag:NAME …")] = "service",
    count: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="How many.")] = 10,
    measure: Measured = "effective",
    output_format: Form = "table",
    since: Since = None,
    until: Until = None,
    cloud: Cloud = None,
    account: Account = None,
    service: Service = None,
    tag: Tag = None,
    convert_to: ConvertTo = None,
) -> int:
    """What costs most, and what all others cost together."""
    from cli.costs import figures

    chosen = figures.Selection(
        since=since,
        until=until,
        cloud=cloud or (),
        account=account or (),
        service=service or (),
        tag=tag or (),
        convert_to=convert_to,
    )
    return figures.top(chosen, by, count, measure, output_format)


@costs.command("sources")
def sources(output_format: Form = "table") -> int:
    """Which bills the costs come from, and the days that they tell."""
    from cli.costs import figures

    return figures.sources(output_format)


Folder = Annotated[Path, typer.Option(metavar="FOLDER", help="Where the files of the run are.")]
Upload = Annotated[str | None, typer.Option(metavar="PLACE", help="s3://BUCKET[/PREFIX], az://…, gs://… or a folder.")]
Retention = Annotated[int, typer.Option(metavar="DAYS", min=1, help="How long files are kept.")]
RunDay = Annotated[str | None, typer.Option(metavar="DAY", help="The day of the run; today (UTC) without it.")]


@costs.command("run-daily")
def run_daily(
    *,
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="FORM[=PATH]", help="Bills to read here; without it those of the server's accounts."),
    ] = None,
    extract: Annotated[bool, typer.Option(help="Read bills first, or only tell what is there.")] = True,
    day: RunDay = None,
    days: Annotated[int, typer.Option(metavar="N", min=1, max=400, help="How many days before it.")] = 30,
    folder: Folder = Path("data"),
    upload: Upload = None,
    retention_days: Retention = 30,
    measure: Measured = "effective",
) -> int:
    """The daily run: bills in; CSV, key figures and a report out, uploaded, the old ones deleted."""
    from cli.costs import daily

    return daily.run_daily(
        daily.DailyOptions(
            sources=source or (),
            extract=extract,
            day=day,
            days=days,
            folder=folder,
            upload=upload,
            retention_days=retention_days,
            measure=measure,
        )
    )


@costs.command("clean-up")
def clean_up(
    *, day: RunDay = None, folder: Folder = Path("data"), upload: Upload = None, retention_days: Retention = 30
) -> int:
    """Delete the files of daily runs that are older than the retention, here and where they were uploaded."""
    from cli.costs import daily

    return daily.clean_up(
        daily.DailyOptions(
            sources=(),
            extract=False,
            day=day,
            days=1,
            folder=folder,
            upload=upload,
            retention_days=retention_days,
            measure="effective",
        )
    )
