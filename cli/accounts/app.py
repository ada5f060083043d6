"""The commands of ``sentinel accounts`` and their options. Every body imports what it needs."""

from __future__ import annotations

from typing import Annotated

import typer

accounts = typer.Typer(help="The accounts of a server.", rich_markup_mode=None)

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its id, or its number, subscription or project.")]
Form = Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")]


@accounts.command("list")
def list_accounts(output_format: Form = "table") -> int:
    """All accounts by name, with where they are in their organization."""
    from cli.accounts import command

    return command.list_accounts(output_format)


@accounts.command()
def setup(
    account: Account,
    document: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="cloudformation, terraform (AWS); commands, role, terraform."),
    ] = None,
    trusted: Annotated[str | None, typer.Option(metavar="ARN", help="AWS: the identity that workers have.")] = None,
) -> int:
    """Print what the owner of an account must create, ready to be applied."""
    from cli.accounts import command

    return command.print_setup(account, document, trusted)


@accounts.command()
def discover(
    account: Account,
    root: Annotated[
        str | None, typer.Option(metavar="ROOT", help="ou-…, a management group, organizations/N or folders/N.")
    ] = None,
    role_name: Annotated[
        str | None, typer.Option("--role-name", metavar="NAME", help="AWS: the read role of every account.")
    ] = None,
    group: Annotated[str | None, typer.Option(metavar="NAME", help="The group of the accounts that are made.")] = None,
) -> int:
    """Add the accounts of the organization that this one can see; exit 4 when not all of it could be seen."""
    from cli.accounts import command

    return command.discover(account, {"root": root, "role_name": role_name, "group": group})
