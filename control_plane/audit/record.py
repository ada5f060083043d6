"""Telling the audit log what somebody did, in the transaction that does it."""

from __future__ import annotations

from control_plane.context import Context
from control_plane.principal import Principal
from stores import WriteSession, audit


async def record(
    writing: WriteSession, context: Context, principal: Principal, action: str, target: str, **details: object
) -> None:
    """``action`` is a noun and a verb: ``key.create``; ``details`` hold no secret."""
    await audit.append(
        writing,
        principal.client_id,
        principal.name,
        action,
        target,
        at=context.clock(),
        address=principal.address,
        details=details,
    )
