"""What somebody does about themselves."""

from __future__ import annotations

from control_plane.audit.record import record
from control_plane.auth import passwords, signing_in
from control_plane.auth.attempts import Attempt
from control_plane.context import Context
from control_plane.errors import ConflictError, InvalidGrantError
from control_plane.me.answer import LinkAnswer
from control_plane.me.request import PasswordChange
from control_plane.principal import Principal
from stores import sessions, sign_in_failures, users


async def change_password(context: Context, principal: Principal, asked: PasswordChange) -> None:
    """They are signed out everywhere. Raises ``InvalidGrantError``, and ``ConflictError`` for who has no password."""
    attempt = Attempt(principal.client_id, principal.name, principal.address)
    user_id = principal.holder.removeprefix("user:")
    async with context.store.read() as reading:
        row = await users.get_user(reading, principal.client_id, user_id)
    if row is None or row.password_hash is None:
        raise ConflictError("there is no password to change: an API key, or somebody who signs in at the provider")
    await attempt.begin(context)
    if not await passwords.verify(asked.current_password, row.password_hash):
        raise InvalidGrantError
    changed = {"password_hash": await passwords.hash_password(asked.new_password), "must_change": False}
    async with context.store.write() as writing:
        await sign_in_failures.forget(writing, attempt.account)
        await users.change_user(writing, principal.client_id, user_id, changed)
        await sessions.revoke_holder(writing, principal.client_id, principal.holder, context.clock())
        await record(writing, context, principal, "password.change", principal.holder)


async def link(context: Context, principal: Principal) -> LinkAnswer:
    """A link that signs in at the page, once."""
    async with context.store.write() as writing:
        token = await signing_in.begin_session(writing, context, "link", principal.client_id, principal.holder)
        await record(writing, context, principal, "link.create", principal.holder)
    end = context.clock() + signing_in.LIFE_OF["link"]
    return LinkAnswer(url=f"{context.settings.public_address}/sign-in?link={token}", expires_at=end)
