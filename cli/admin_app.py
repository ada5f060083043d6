"""The commands of ``sentinel admin``. Every body imports what it needs, so that ``--help`` loads none of it."""

from __future__ import annotations

from typing import Annotated, Final

import typer

group = typer.Typer(help="The first user and the first key, made in the store itself.", rich_markup_mode=None)

Client = Annotated[str, typer.Option("--client", metavar="CLIENT", help="At which client.")]
MODULE: Final = "control_plane.administrator"


@group.command("create")
def create(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Who signs in.")],
    client: Client = "default",
) -> None:
    """An administrator; prints a one-time password. For one who is there: another password."""
    _make(client, "create", email)


@group.command("key")
def key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    scopes: Annotated[
        str | None, typer.Option(metavar="SCOPES", help="As scans:read,scans:write; without it, all.")
    ] = None,
    client: Client = "default",
) -> None:
    """An API key for SENTINEL_API_KEY; prints it, once."""
    _make(client, "key", name, *(() if scopes is None else ("--scopes", scopes)))


def _make(client: str, *arguments: str) -> None:
    from cli.roles import become

    become(MODULE, "--client", client, *arguments)
