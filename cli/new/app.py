"""The commands of ``sentinel new`` and their options. Every body imports what it needs."""

from __future__ import annotations

from typing import Annotated

import typer

new = typer.Typer(help="Write a new rule or resource type, with its test.", rich_markup_mode=None)

Provider = Annotated[str, typer.Argument(metavar="PROVIDER", help="aws, azure or gcp.")]


@new.command("type")
def new_type(
    provider: Provider,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="The short name that people use, as key_pair.")],
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="What lists it: ec2:DescribeKeyPairs, Microsoft.Compute/images, compute.googleapis.com/Image.",
        ),
    ],
    items: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of AWS: where the answer has the items, if it has several lists."),
    ] = None,
) -> int:
    """A resource type: one file in scanners/PROVIDER and its test, in the clone of the call."""
    from cli.new.command import write_type

    return write_type(provider, service, source, items)


@new.command("rule")
def new_rule(
    provider: Provider,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Whose resources it judges, as ebs.")],
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Its id, as disk.forgotten.")],
    *,
    security: Annotated[bool, typer.Option("--security", help="About exposure, not about money.")] = False,
) -> int:
    """A rule: added to the file of its resource type, with a test of its own, in the clone of the call."""
    from cli.new.command import write_rule

    return write_rule(provider, service, rule, security=security)
