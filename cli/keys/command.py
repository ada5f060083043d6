"""``sentinel keys generate|rotate``, on the store itself: the API has no key that opens anything."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from cli.configuration import load_settings
from cli.exits import CommandError, ExitCode
from cli.keys.rotation import Rotated, rotate
from cli.own_keys import FILE, own_pair
from connections.vault import LocalKek, Vault, open_vault, read_kek
from schemas.errors import CloudError
from stores import StoreError, open_store

if TYPE_CHECKING:
    from schemas.settings import Settings


def print_pair(kms: str | None) -> int:
    """A new pair of our own, or the public half of a key of a KMS."""
    if kms is None:
        private, public = LocalKek.generate().texts()
    else:
        try:
            private, public = kms, read_kek(kms, load_settings()).public_text()
        except CloudError as error:
            raise CommandError(ExitCode.NO_ACCESS, str(error)) from None
    print(f"SENTINEL_KEK={private}\nSENTINEL_KEK_PUBLIC={public}")
    print("the first is for workers only, in front of the keys before it (docs/accounts.md)", file=sys.stderr)
    return ExitCode.CLEAN


def rotate_keys() -> int:
    """Say how many were wrapped anew and how many are left, with the keys that those still need."""
    settings = load_settings()
    if not settings.kek and (settings.home / FILE).exists():
        settings = settings.model_copy(update={"kek": own_pair(settings)[0]})
    vault = open_vault(settings)
    if not vault.keks:
        raise CommandError(ExitCode.BAD_INPUT, "SENTINEL_KEK is not set: rotating needs the keys that workers have")
    try:
        told = asyncio.run(_rotate(settings, vault))
    except (StoreError, CloudError) as error:
        raise CommandError(ExitCode.NO_ACCESS, str(error)) from None
    print(f"{told.wrapped} wrapped under {vault.keks[0].id}; {sum(told.left.values())} remain under other keys")
    for kek_id, count in told.left.items():
        print(f"  {count} need {kek_id}: keep it in SENTINEL_KEK")
    for account_id, reason in told.failed:
        print(f"  account {account_id}: {reason}")
    return ExitCode.NO_ACCESS if told.left else ExitCode.CLEAN


async def _rotate(settings: Settings, vault: Vault) -> Rotated:
    store = open_store(settings.store_url)
    try:
        await store.ping()
        return await rotate(store, vault)
    finally:
        await store.close()
