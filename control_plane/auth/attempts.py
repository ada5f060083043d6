"""How often somebody may try to sign in: counted before the password is looked at, in the store."""

from __future__ import annotations

from typing import Final

from control_plane.auth.opaque import digest
from control_plane.context import Context
from control_plane.errors import TooManyRequestsError
from stores import sign_in_failures

BY_ACCOUNT: Final = 10
BY_ADDRESS: Final = 100


class Attempt:
    """One try, of somebody who says to be this user, from an address. Whether there is such a user plays no part."""

    def __init__(self, client_id: str, email: str, address: str) -> None:
        self.account = digest(f"account\0{client_id}\0{email}")
        self.address = digest(f"address\0{address}")

    async def begin(self, context: Context) -> None:
        """It counts as failed until it succeeds. Raises ``TooManyRequestsError``."""
        now = context.clock()
        async with context.store.write() as writing:
            for about, most in ((self.account, BY_ACCOUNT), (self.address, BY_ADDRESS)):
                failures, forgotten_at = await sign_in_failures.count(writing, about, now)
                if failures >= most:
                    raise TooManyRequestsError("failed sign-ins", (forgotten_at - now).total_seconds())
            await sign_in_failures.add(writing, (self.account, self.address), now)
