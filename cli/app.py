"""The commands and their options. Every body imports what it needs, so that ``--help`` loads none of it."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from cli import admin_app, letters, raw_app
from cli.accounts.app import accounts
from cli.costs.app import costs
from cli.exits import CommandError, ExitCode
from cli.findings.app import findings
from cli.keys.app import keys
from cli.lake.app import lake
from cli.new.app import new
from cli.root_help import RootGroup
from cli.scan.subcommands import Services, scan
from cli.scans.app import scans
from cli.schedules.app import schedules

START_HERE: Final = """\
Start here:
  sentinel demo                           a demo cloud, scanned; needs no account
  sentinel scan aws --estimate            what a scan would call, and its price
  sentinel scan aws --regions eu-west-1   scan with the credentials of this shell\
"""
EXIT_CODES: Final = (
    "Exit: 0 clean and complete · 1 --fail-on · 2 bad input · 3 no access · "
    "4 incomplete · 5 internal · 130 interrupted (sentinel help exit-codes)"
)
PURPOSE: Final = "Reads cloud accounts, never changes them; every fact becomes one event."

app = typer.Typer(
    name="sentinel",
    cls=RootGroup,
    help=PURPOSE,
    epilog=EXIT_CODES,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
)
run = typer.Typer(help="One role as its own process: api, planner, worker, materializer, push.", rich_markup_mode=None)
events = typer.Typer(help="Follow the events as they pass.", rich_markup_mode=None)
rules = typer.Typer(help="What counts as waste or exposure, and why.", rich_markup_mode=None)
policy = typer.Typer(help="The least that a scan must be allowed.", rich_markup_mode=None)
config = typer.Typer(help="The settings of this shell.", rich_markup_mode=None)
database = typer.Typer(help="The store: its schema and its size.", rich_markup_mode=None)
app.add_typer(scan, name="scan")
app.add_typer(scans, name="scans")
app.add_typer(findings, name="findings")
app.add_typer(costs, name="costs")
app.add_typer(accounts, name="accounts")
app.add_typer(schedules, name="schedules")
app.add_typer(lake, name="lake")
app.add_typer(run, name="run")
app.add_typer(events, name="events")
app.add_typer(rules, name="rules")
app.add_typer(new, name="new")
app.add_typer(policy, name="policy")
app.add_typer(config, name="config")
app.add_typer(database, name="db")
app.add_typer(keys, name="keys")
app.add_typer(letters.group, name="dead-letters")
app.add_typer(raw_app.group, name="raw")
app.add_typer(admin_app.group, name="admin")


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,  # noqa: ARG001
) -> None:
    """The root: version, help, and where to start."""
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"sentinel {installed('cloud-sentinel')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(f"{context.get_help()}\n\n{START_HERE}", err=True)
        raise typer.Exit(ExitCode.BAD_INPUT)


@app.command()
def demo(
    *,
    broker: Annotated[
        str | None, typer.Argument(metavar="HOST:PORT", help="With --kafka: a broker that already runs.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End after the summary; 0 only if found = planted.")] = False,
    kafka: Annotated[bool, typer.Option("--kafka", help="Over a real Kafka broker: its own, or HOST:PORT.")] = False,
    scale: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="Make the demo account N times larger.")] = 1,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Port of API and page; 0 takes a free one.")
    ] = 8080,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the demo's files after the end.")] = False,
    remove: Annotated[str | None, typer.Option(hidden=True)] = None,
    add: Annotated[str | None, typer.Option(hidden=True)] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,  # noqa: ARG001
) -> int:
    """A demo cloud, scanned end to end: no account, no network."""
    if broker is not None and not kafka:
        raise CommandError(ExitCode.BAD_INPUT, f'"{broker}" is only used with --kafka: sentinel demo --kafka {broker}')
    from cli.demo.command import DemoOptions, run_demo

    return run_demo(
        DemoOptions(once=once, kafka=kafka, broker=broker, scale=scale, port=port, keep=keep, remove=remove, add=add)
    )


@app.command()
def up(
    port: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=65535, help="Port of the API; without it SENTINEL_PORT.")
    ] = None,
) -> int:
    """The whole product on one machine: API and engine."""
    from cli.up import run_up

    return run_up(port)


@run.command()
def api() -> None:
    """The API, as its own process."""
    _become("control_plane")


@run.command()
def planner() -> None:
    """The planner, as its own process."""
    _become("data_plane", "planner")


@run.command()
def worker() -> None:
    """A worker, as its own process; as many as you want."""
    _become("data_plane", "worker")


@run.command()
def materializer() -> None:
    """A materializer, as its own process."""
    _become("data_plane", "materializer")


@run.command()
def push() -> None:
    """A push of the events to an aggregator, in 2CBP form (SENTINEL_PUSH_URL)."""
    _become("data_plane", "push")


@app.command()
def replay(
    *,
    into: Annotated[
        str | None, typer.Option(metavar="STORE", help="The store to rebuild; without it SENTINEL_STORE.")
    ] = None,
    origin: Annotated[
        str | None, typer.Option("--from", metavar="BUS", help="Where the events are; without it SENTINEL_BUS.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only scans accepted then or later, as 2026-11-21T04:00:00Z.")
    ] = None,
) -> None:
    """Rebuild facts from the events on the bus; what people decided stays."""
    from cli.replay import run_replay

    run_replay(into, origin, since)


@database.command("upgrade")
def upgrade() -> int:
    """Bring the store to the schema of this version; does nothing when it is there already."""
    from cli.database import upgrade_store

    return upgrade_store()


@database.command("size")
def size(
    output_format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
) -> int:
    """Rows and bytes of each table, and the events by their days; rows are counted, which takes its time."""
    from cli.database import print_size

    return print_size(output_format)


@app.command()
def catalogue(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A service, a rule or an event type.")] = None,
    output_format: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="table, json or markdown.")
    ] = "table",
    regions: Annotated[bool, typer.Option("--regions", help="List the regions instead.")] = False,
) -> int:
    """What can be scanned: services, rules, event types."""
    from cli.catalogue import print_catalogue

    return print_catalogue(name, output_format, list_regions=regions)


@rules.command("list")
def rules_list(
    output_format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
) -> int:
    """Every rule with its service, severity and thresholds."""
    from cli.rules.command import print_rules

    return print_rules(output_format)


@rules.command("explain")
def rules_explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The id of a rule, such as disk.unattached.")],
) -> int:
    """What a rule finds and why, its thresholds, what it needs, an example, how to exempt."""
    from cli.rules.command import print_explanation

    return print_explanation(rule)


@config.command("check")
def config_check() -> int:
    """Say which settings are set, and whether bus and store are there; creates nothing."""
    from cli.check import check_configuration

    return check_configuration()


Costs = Annotated[bool, typer.Option("--costs", help="Also what sentinel costs ingest asks of the cloud's cost API.")]


@policy.command("aws")
def policy_aws(services: Services = None, *, costs: Costs = False) -> int:
    """Print the IAM policy that a scan needs, as JSON: the declared reads and nothing else."""
    from cli.policy import print_policy

    return print_policy("aws", services, costs=costs)


@policy.command("azure")
def policy_azure(services: Services = None, *, costs: Costs = False) -> int:
    """Print the custom role that a scan needs, as JSON for az role definition create: reads and nothing else."""
    from cli.policy import print_policy

    return print_policy("azure", services, costs=costs)


@policy.command("gcp")
def policy_gcp(services: Services = None) -> int:
    """Print the custom role that a scan needs, as JSON for gcloud iam roles create --file: reads and nothing else."""
    from cli.policy import print_policy

    return print_policy("gcp", services)


@events.command("tail")
def tail(
    event_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Only this type; * at the end for all that begin so.")
    ] = None,
    output_format: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="Form of the events: cloudevents or 2cbp.")
    ] = "cloudevents",
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Begin with the oldest event that is kept, not with the next.")
    ] = False,
    client: Annotated[
        str | None, typer.Option(metavar="CLIENT", help="Whose, where SENTINEL_EVENTS_TOPIC has one topic a client.")
    ] = None,
) -> int:
    """Follow the events on the bus (SENTINEL_BUS), one JSON document a line, until Ctrl-C."""
    from cli.tail import follow

    return follow(event_type, output_format, client, from_start=from_start)


@app.command("status")
def status(
    output_format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
) -> int:
    """How the platform of a server is doing: roles, lag, backlog, running scans, last failures."""
    from cli.status import print_status

    return print_status(output_format)


@app.command("help")
def help_topic(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="exit-codes")] = "exit-codes",
) -> int:
    """Exit codes, as a table."""
    from cli.topics import print_topic

    return print_topic(topic)


def _become(module: str, *arguments: str) -> None:
    from cli.roles import become

    become(module, *arguments)
