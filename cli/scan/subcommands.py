"""``sentinel scan aws|azure|gcp``: options, those that all providers share first. Nothing heavy is imported here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cli.scan.request import Options

scan = typer.Typer(help="Scan one account in this process; no server needed.", rich_markup_mode=None)

Services = Annotated[
    str | None, typer.Option(metavar="A,B", help="Services and @groups; without it all (see sentinel catalogue).")
]
Regions = Annotated[str | None, typer.Option(metavar="A,B", help="Regions; without it all enabled.")]
Categories = Annotated[
    str | None, typer.Option(metavar="A,B", help="metadata, performance, cost, waste, security; without it all.")
]
Lookback = Annotated[str, typer.Option(metavar="DAYS", help="How far metrics look back: 1d to 90d.")]
MaxAge = Annotated[
    str | None,
    typer.Option(metavar="AGE", help="Take answers about details that earlier scans got, up to so old: 30m, 6h, 2d."),
]
ResourceIds = Annotated[
    str | None, typer.Option("--resource-ids", metavar="A,B", help="Only these resources, by their whole ids.")
]
Form = Annotated[str, typer.Option("--format", metavar="FORMAT", help="Form of the events: cloudevents or 2cbp.")]
Output = Annotated[
    str | None, typer.Option(metavar="FILE|-", help="Where the events go, one a line; - is standard output.")
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that are there already.")]
Estimate = Annotated[bool, typer.Option("--estimate", help="Print the calls and their price; scan nothing.")]
FailOn = Annotated[str | None, typer.Option(metavar="SEVERITY", help="Exit 1 when a finding is at least that severe.")]
Report = Annotated[
    list[str] | None,
    typer.Option(metavar="KIND=FILE", help="A report: sarif, junit, json or markdown; may be given again."),
]
Baseline = Annotated[
    str | None, typer.Option(metavar="FILE", help="Findings in it are known: they do not count for --fail-on.")
]
WriteBaseline = Annotated[
    str | None, typer.Option(metavar="FILE", help="Write all findings of this scan as a baseline.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no summary.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@scan.command("aws")
def scan_aws(
    *,
    services: Services = None,
    regions: Regions = None,
    role_arn: Annotated[str | None, typer.Option(metavar="ARN", help="Role to assume for the scan.")] = None,
    external_id: Annotated[str | None, typer.Option(metavar="ID", help="External id of that role.")] = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="Profile of the AWS configuration.")] = None,
    categories: Categories = None,
    lookback: Lookback = "14d",
    max_age: MaxAge = None,
    resource_ids: ResourceIds = None,
    output_format: Form = "cloudevents",
    output: Output = None,
    force: Force = False,
    estimate: Estimate = False,
    fail_on: FailOn = None,
    report: Report = None,
    baseline: Baseline = None,
    write_baseline: WriteBaseline = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> int:
    """Scan an AWS account, read only, with the credentials of this shell, a profile or a role."""
    from cli.scan.request import Options

    options = Options(
        provider="aws",
        services=services,
        regions=regions,
        role_arn=role_arn,
        external_id=external_id,
        profile=profile,
        categories=categories,
        lookback=lookback,
        max_age=max_age,
        resource_ids=resource_ids,
        output_format=output_format,
        output=output,
        force=force,
        fail_on=fail_on,
        quiet=quiet,
        reports=tuple(report or ()),
        baseline=baseline,
        write_baseline=write_baseline,
    )
    return _scan(options, estimate=estimate)


@scan.command("azure")
def scan_azure(
    *,
    subscription: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            envvar="AZURE_SUBSCRIPTION_ID",
            help="Subscription; without it the only one that the credentials reach.",
        ),
    ] = None,
    services: Services = None,
    regions: Regions = None,
    categories: Categories = None,
    lookback: Lookback = "14d",
    resource_ids: ResourceIds = None,
    output_format: Form = "cloudevents",
    output: Output = None,
    force: Force = False,
    estimate: Estimate = False,
    fail_on: FailOn = None,
    report: Report = None,
    baseline: Baseline = None,
    write_baseline: WriteBaseline = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> int:
    """Scan an Azure subscription, read only, with what azure-identity finds in this shell."""
    from cli.scan.request import Options

    options = Options(
        provider="azure",
        account=subscription,
        services=services,
        regions=regions,
        categories=categories,
        lookback=lookback,
        resource_ids=resource_ids,
        output_format=output_format,
        output=output,
        force=force,
        fail_on=fail_on,
        quiet=quiet,
        reports=tuple(report or ()),
        baseline=baseline,
        write_baseline=write_baseline,
    )
    return _scan(options, estimate=estimate)


@scan.command("gcp")
def scan_gcp(
    *,
    services: Services = None,
    regions: Regions = None,
    project: Annotated[
        str | None, typer.Option(metavar="ID", help="Project; without it GOOGLE_CLOUD_PROJECT or the credentials' own.")
    ] = None,
    categories: Categories = None,
    lookback: Lookback = "14d",
    resource_ids: ResourceIds = None,
    output_format: Form = "cloudevents",
    output: Output = None,
    force: Force = False,
    estimate: Estimate = False,
    fail_on: FailOn = None,
    report: Report = None,
    baseline: Baseline = None,
    write_baseline: WriteBaseline = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> int:
    """Scan a Google Cloud project, read only, with the credentials that Google's own variables and files name."""
    from cli.scan.request import Options

    options = Options(
        provider="gcp",
        services=services,
        regions=regions,
        account=project,
        categories=categories,
        lookback=lookback,
        resource_ids=resource_ids,
        output_format=output_format,
        output=output,
        force=force,
        fail_on=fail_on,
        quiet=quiet,
        reports=tuple(report or ()),
        baseline=baseline,
        write_baseline=write_baseline,
    )
    return _scan(options, estimate=estimate)


def _scan(options: Options, *, estimate: bool) -> int:
    from cli.scan.request import read

    request = read(options)
    if estimate:
        from cli.scan.estimate import print_estimate

        return print_estimate(request)
    from cli.scan.command import scan_account

    return scan_account(request)
