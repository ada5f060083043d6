"""From options to the connection of a scan: what reaches the account of each provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.exits import CommandError, ExitCode
from schemas.naming import NAMING
from schemas.scan import Connection

if TYPE_CHECKING:
    from cli.scan.request import Options


def connection_of(options: Options) -> Connection:
    """The connection that was asked for. Raises ``CommandError`` (exit 2)."""
    return _aws(options) if options.provider == "aws" else _one_account(options)


def _aws(options: Options) -> Connection:
    if options.external_id and not options.role_arn:
        raise CommandError(ExitCode.BAD_INPUT, "--external-id belongs to a role: give --role-arn too")
    if options.role_arn:
        if not options.role_arn.startswith("arn:"):
            raise CommandError(
                ExitCode.BAD_INPUT,
                f'--role-arn "{options.role_arn}" is not an ARN (arn:aws:iam::123456789012:role/NAME)',
            )
        return Connection(
            mode="assume_role", role_arn=options.role_arn, external_id=options.external_id, profile=options.profile
        )
    if options.profile:
        return Connection(mode="profile", profile=options.profile)
    return Connection()


def _one_account(options: Options) -> Connection:
    """The credentials of this shell may reach many accounts; ``account`` says which one is meant."""
    naming = NAMING[options.provider]
    if options.account is not None and not naming.account.fullmatch(options.account):
        raise CommandError(ExitCode.BAD_INPUT, f'"{options.account}" is not {naming.account_form}')
    return Connection(account=options.account)
