"""From a stored account to what reaches it: its row, and its secret, opened here and kept in memory only."""

from __future__ import annotations

import asyncio
from typing import Protocol

import msgspec

from schemas.account import AccountStatus
from schemas.errors import NoAccess
from schemas.scan import Discovery, ScanSpec
from schemas.sealing import Owner, Sealed, Secret
from stores import Store, account_secrets, accounts


class Opens(Protocol):
    """``connections.vault.Vault``."""

    def open(self, sealed: Sealed, owner: Owner) -> Secret:
        """Raises ``CloudError`` for what it cannot open; may ask the network."""


class Reaching:
    """Reads accounts and opens their secrets, for one worker."""

    def __init__(self, store: Store, vault: Opens) -> None:
        self._store, self._vault = store, vault

    async def reach(self, scan: ScanSpec) -> tuple[ScanSpec, Secret | None]:
        """The scan with the connection that its account has now, and the secret. Raises ``NoAccess``.

        A scan that names no account stays as it is.
        """
        if scan.account is None:
            return scan, None
        async with self._store.read() as reading:
            account = await accounts.get_account(reading, scan.client_id, scan.account)
            if account is None:
                raise NoAccess("the account was deleted", code="AccountDeleted")
            owner = Owner(scan.client_id, account.connection.secret_of or scan.account)
            sealed = await account_secrets.get_secret(reading, owner)
        if account.status is not AccountStatus.ACTIVE:
            raise NoAccess(f'the account "{account.name}" is {account.status}', code="AccountNotActive")
        secret = None if sealed is None else await asyncio.to_thread(self._vault.open, sealed, owner)
        return msgspec.structs.replace(scan, connection=account.connection), secret


def check_account(scan: ScanSpec, found: Discovery | None) -> None:
    """Credentials may lead elsewhere than their account says. Raises ``NoAccess``."""
    connection = scan.connection
    said = connection.role_arn.split(":")[4] if connection.role_arn else connection.account
    if scan.account and found and said and found.account_id.lower() != said.lower():
        reached = f"{found.account_id}, not {said}"
        raise NoAccess(f"the credentials of the account reach another one: {reached}", code="OtherAccount")
