"""The commands of ``sentinel scans`` and their options. Every body imports what it needs."""

from __future__ import annotations

from typing import Annotated, Final

import typer

MOST_LISTED: Final = 200

scans = typer.Typer(help="The scans of a server (SENTINEL_API_URL).", rich_markup_mode=None)

ScanId = Annotated[str, typer.Argument(metavar="SCAN", help="The id of a scan; sentinel scans list shows them.")]
Form = Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")]


@scans.command()
def start(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="A stored account: sentinel accounts list.")],
    services: Annotated[str | None, typer.Option(metavar="LIST", help="Services and @groups, with commas.")] = None,
    regions: Annotated[str | None, typer.Option(metavar="LIST", help="Regions, with commas.")] = None,
) -> int:
    """Ask for a scan of a stored account; it runs on the server."""
    from cli.scans import command

    return command.start_scan(account, services, regions)


@scans.command("list")
def list_scans(
    status: Annotated[
        str | None,
        typer.Option(metavar="STATUS", help="Only queued, running, completed, partial, failed or cancelled."),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=MOST_LISTED, help="How many at most.")] = 20,
    output_format: Form = "table",
) -> int:
    """The newest scans first."""
    from cli.scans import command

    return command.list_scans(status, limit, output_format)


@scans.command()
def show(scan_id: ScanId, output_format: Form = "table") -> int:
    """How far a scan is, what it found and what it could not see; exit 4 when it ended with a gap."""
    from cli.scans import command

    return command.show_scan(scan_id, output_format)


@scans.command()
def watch(
    scan_id: ScanId, *, quiet: Annotated[bool, typer.Option("--quiet", help="No progress, only the end.")] = False
) -> int:
    """Follow a scan until it has ended, then show it. Ctrl-C leaves it running."""
    from cli.scans import command

    return command.watch_scan(scan_id, quiet=quiet)


@scans.command()
def cancel(scan_id: ScanId) -> int:
    """Stop a scan within seconds; what it stored stays."""
    from cli.scans import command

    return command.cancel_scan(scan_id)


@scans.command()
def retry(scan_id: ScanId) -> int:
    """Ask for a new scan of the services and regions that a scan missed."""
    from cli.scans import command

    return command.retry_scan(scan_id)
