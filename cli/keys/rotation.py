"""Rotation: each data key is opened by the key that wrapped it and wrapped under the newest; the secrets stay.

Each row in a transaction of its own, guarded by what was read: a secret that is replaced meanwhile stays replaced, one
that was moved is not moved again, and who stops half-way begins where it stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from schemas.errors import NoAccess
from schemas.event import utc_now
from stores import account_secrets, audit

if TYPE_CHECKING:
    from connections.vault import Vault
    from schemas.sealing import PublicKek
    from stores import Store
    from stores.account_secrets import SecretRow

BATCH: Final = 100
ACTOR: Final = "sentinel keys rotate"


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation came to."""

    wrapped: int
    left: Mapping[str, int]
    """How many secrets other keys still wrap, by key."""
    failed: list[tuple[str, str]]
    """Accounts whose data key could not be opened, and why."""


async def rotate(store: Store, vault: Vault) -> Rotated:
    """Every secret once. Raises ``StoreError``, or ``CloudError`` where a KMS cannot be asked."""
    newest = await asyncio.to_thread(vault.keks[0].public)
    wrapped, after, failed = 0, "", list[tuple[str, str]]()
    while True:
        async with store.read() as reading:
            rows = await account_secrets.secrets_under_other_keys(reading, newest.id, after=after, limit=BATCH)
        if not rows:
            break
        for row in rows:
            try:
                wrapped += await _move(store, vault, newest, row)
            except NoAccess as error:
                failed.append((row.owner.account_id, str(error)))
        after = rows[-1].owner.account_id
    async with store.read() as reading:
        counts = await account_secrets.count_secrets_by_key(reading)
    return Rotated(wrapped, {key: count for key, count in counts.items() if key != newest.id}, failed)


async def _move(store: Store, vault: Vault, newest: PublicKek, row: SecretRow) -> bool:
    """False when the secret was replaced or deleted meanwhile."""
    new = await asyncio.to_thread(vault.wrap_again, row.sealed, row.owner, newest)
    async with store.write() as writing:
        moved = await account_secrets.wrap_secret_again(writing, row.owner, row.sealed, new)
        if moved:
            details = {"from": row.sealed.kek_id, "to": new.kek_id}
            client_id, account_id = row.owner
            at = utc_now()
            await audit.append(writing, client_id, ACTOR, "account.rewrap", account_id, at=at, details=details)
    return moved
