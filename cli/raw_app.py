"""The commands of ``sentinel raw``. Every body imports what it needs, so that ``--help`` loads none of it."""

from __future__ import annotations

from typing import Annotated

import typer

group = typer.Typer(help="The raw answers of a scan, kept as an audit log.", rich_markup_mode=None)

OfTask = Annotated[str | None, typer.Option("--task", metavar="TASK", help="Only those of this task.")]
OfOperation = Annotated[
    str | None, typer.Option("--operation", metavar="NAME", help="Only those of this call, as ec2:DescribeVolumes.")
]


@group.command("list")
def raw_list(
    *,
    scan: Annotated[str | None, typer.Option(metavar="SCAN", help="A scan; without it, the scans are listed.")] = None,
    task: OfTask = None,
    operation: OfOperation = None,
    output_format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
) -> int:
    """What was kept: how many answers, by task, attempt and operation."""
    from cli.raw import print_kept

    return print_kept(scan, task, operation, output_format)


@group.command("show")
def raw_show(
    *,
    scan: Annotated[str, typer.Option(metavar="SCAN", help="The id of a scan.")],
    task: OfTask = None,
    operation: OfOperation = None,
) -> int:
    """The answers themselves, one JSON line each."""
    from cli.raw import print_answers

    return print_answers(scan, task, operation)
