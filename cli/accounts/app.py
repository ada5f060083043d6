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
def add(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="aws, azure or gcp.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name for people.")],
    mode: Annotated[str, typer.Option(metavar="MODE", help="How it is reached (docs/accounts.md).")],
    field: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A field of the connection, such as role_arn=ARN.")
    ] = None,
    secret_file: Annotated[
        list[str] | None,
        typer.Option("--secret-file", metavar="NAME=FILE", help="A secret field and the file with it; - is stdin."),
    ] = None,
) -> int:
    """Add an account, by reference; a secret is sealed at once."""
    from cli.accounts import stored

    return stored.add(provider, name, mode, field or [], secret_file or [])


@accounts.command("test")
def try_account(account: Account) -> int:
    """Say who we are there and which permissions are missing; exit 4 when anything is."""
    from cli.accounts import stored

    return stored.test(account)


@accounts.command()
def suspend(account: Account) -> int:
    """Let nothing reach it until it is activated."""
    from cli.accounts import stored

    return stored.set_status(account, "suspended")


@accounts.command()
def activate(account: Account) -> int:
    """Let a suspended account be reached again."""
    from cli.accounts import stored

    return stored.set_status(account, "active")


@accounts.command()
def delete(account: Account) -> int:
    """Forget an account and erase its secret; what scans found stays."""
    from cli.accounts import stored

    return stored.delete(account)


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
