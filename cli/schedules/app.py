"""The commands of ``sentinel schedules`` and their options. Every body imports what it needs."""

from __future__ import annotations

from typing import Annotated

import typer

schedules = typer.Typer(help="When which accounts of a server are scanned.", rich_markup_mode=None)

Schedule = Annotated[str, typer.Argument(metavar="SCHEDULE", help="Its name or its id.")]
Form = Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")]
Cron = Annotated[str | None, typer.Option(metavar="CRON", help='Minute, hour, day, month, weekday: "30 2 * * *".')]
Zone = Annotated[str | None, typer.Option("--time-zone", metavar="ZONE", help="A name of IANA, like Europe/Paris.")]
Jitter = Annotated[
    int | None, typer.Option("--jitter-minutes", metavar="N", min=0, help="Starts late by an own offset up to N.")
]
Accounts = Annotated[
    str | None,
    typer.Option(metavar="WHICH", help="all, group=G, unit=PATH, tag=KEY[=VALUE], or ids with commas between them."),
]
Services = Annotated[str | None, typer.Option(metavar="NAMES", help="Services and @groups; all when left out.")]
Regions = Annotated[str | None, typer.Option(metavar="NAMES", help="Regions; all when left out.")]
Categories = Annotated[str | None, typer.Option(metavar="NAMES", help="Categories of events; all when left out.")]


@schedules.command("list")
def list_schedules(output_format: Form = "table") -> int:
    """All schedules, with when they start next."""
    from cli.schedules import command

    return command.list_schedules(output_format)


@schedules.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="How it is called.")],
    cron: Annotated[str, typer.Option(metavar="CRON", help='Minute, hour, day, month, weekday: "30 2 * * *".')],
    accounts: Accounts = "all",
    time_zone: Zone = "UTC",
    jitter_minutes: Jitter = 0,
    services: Services = None,
    regions: Regions = None,
    categories: Categories = None,
) -> int:
    """Make a schedule."""
    from cli.schedules import command

    told = {"name": name, "cron": cron, "time_zone": time_zone, "jitter_minutes": jitter_minutes}
    wish = {"services": services, "regions": regions, "categories": categories}
    return command.add_schedule(told, accounts, wish)


@schedules.command()
def change(
    schedule: Schedule,
    cron: Cron = None,
    accounts: Accounts = None,
    time_zone: Zone = None,
    jitter_minutes: Jitter = None,
    services: Services = None,
    regions: Regions = None,
    categories: Categories = None,
) -> int:
    """Change a schedule; what is left out stays."""
    from cli.schedules import command

    told = {"cron": cron, "time_zone": time_zone, "jitter_minutes": jitter_minutes}
    wish = {"services": services, "regions": regions, "categories": categories}
    return command.change_schedule(schedule, told, accounts, wish)


@schedules.command()
def pause(schedule: Schedule) -> int:
    """Let a schedule rest; it can still be run."""
    from cli.schedules import command

    return command.pause_schedule(schedule, paused=True)


@schedules.command()
def resume(schedule: Schedule) -> int:
    """Go on from now; nothing is caught up."""
    from cli.schedules import command

    return command.pause_schedule(schedule, paused=False)


@schedules.command()
def run(schedule: Schedule) -> int:
    """Run a schedule now, once more than planned."""
    from cli.schedules import command

    return command.run_schedule(schedule)


@schedules.command()
def runs(
    schedule: Schedule,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=200, help="How many at most.")] = 20,
    output_format: Form = "table",
) -> int:
    """The runs of a schedule, newest first."""
    from cli.schedules import command

    return command.list_runs(schedule, limit, output_format)


@schedules.command("next")
def following(
    schedule: Schedule,
    count: Annotated[int, typer.Option(metavar="N", min=1, max=100, help="How many.")] = 5,
) -> int:
    """When a schedule starts next."""
    from cli.schedules import command

    return command.next_starts(schedule, count)


@schedules.command()
def delete(schedule: Schedule) -> int:
    """Delete a schedule with the list of its runs; the scans stay."""
    from cli.schedules import command

    return command.delete_schedule(schedule)
