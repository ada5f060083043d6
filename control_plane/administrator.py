"""``python -m control_plane.administrator``: the first person and the first key of a client, made in the store itself.

Whoever can write the store needs no permission of the API.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import uuid
from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from control_plane.auth import passwords
from control_plane.auth.opaque import digest, new_key
from control_plane.auth.request import CLIENT
from control_plane.keys.request import NewKeyRequest
from control_plane.permissions import SCOPES
from control_plane.users.request import NewUser
from schemas.errors import InvalidInputError
from schemas.event import utc_now
from schemas.scan import DEFAULT_CLIENT
from schemas.settings import Settings
from stores import Store, StoreError, WriteSession, api_keys, audit, open_store, sessions, users
from stores.api_keys import KeyRow
from stores.users import UserRow

FIRST: Final = "admin@localhost"
BAD_INPUT: Final = 2
NO_ACCESS: Final = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Standard output carries the secret alone, once."""
    asked = _parser().parse_args(arguments)
    try:
        store = open_store(Settings().store_url)
        secret = asyncio.run(_made(store, asked))
    except (ValidationError, InvalidInputError) as error:
        sys.stderr.write(f"sentinel admin: {_one_line(error)}\n")
        return BAD_INPUT
    except StoreError as error:
        sys.stderr.write(f"sentinel admin: {error}\n")
        return NO_ACCESS
    if secret:
        sys.stdout.write(f"{secret}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m control_plane.administrator", description=__doc__)
    parser.add_argument("--client", default=DEFAULT_CLIENT)
    kinds = parser.add_subparsers(dest="kind", required=True)
    kinds.add_parser("create").add_argument("email")
    kinds.add_parser("first")
    key = kinds.add_parser("key")
    key.add_argument("name")
    key.add_argument("--scopes", default=",".join(SCOPES))
    return parser


async def _made(store: Store, asked: argparse.Namespace) -> str:
    if re.fullmatch(CLIENT, asked.client) is None:
        raise InvalidInputError("--client", asked.client, "letters, digits, dots, dashes")
    try:
        await store.migrate()
        async with store.write() as writing:
            if asked.kind == "key":
                return await make_key(writing, asked.client, asked.name, asked.scopes.split(","))
            if asked.kind == "create":
                return await make_administrator(writing, asked.client, asked.email)
            there = await users.has_users(writing, asked.client) or await api_keys.list_keys(
                writing, asked.client, limit=1
            )
            return "" if there else await make_administrator(writing, asked.client, FIRST)
    finally:
        await store.close()


async def make_administrator(writing: WriteSession, client_id: str, email: str) -> str:
    """A one-time password: with it nothing can be done but to choose another. One who is there gets another one."""
    said = NewUser(email=email, role="admin")
    password, now = passwords.one_time_password(), utc_now()
    hashed = await passwords.hash_password(password)
    row = await users.find_user(writing, client_id, said.email.lower())
    if row is None:
        row = UserRow(
            user_id=uuid.uuid4().hex,
            client_id=client_id,
            email=said.email.lower(),
            role="admin",
            password_hash=hashed,
            must_change=True,
            issuer=None,
            subject=None,
            created_at=now,
            disabled_at=None,
            last_sign_in=None,
        )
        await users.insert_user(writing, row)
    else:
        changed = {"role": "admin", "password_hash": hashed, "must_change": True, "disabled_at": None}
        await users.change_user(writing, client_id, row.user_id, changed)
        await sessions.revoke_holder(writing, client_id, f"user:{row.user_id}", now)
    told = {"email": row.email, "role": "admin"}
    await audit.append(writing, client_id, _actor(), "user.create", f"user:{row.user_id}", at=now, details=told)
    return password


async def make_key(writing: WriteSession, client_id: str, name: str, scopes: Sequence[str]) -> str:
    """An API key of these scopes. Raises ``ValidationError`` for a scope that there is not."""
    said = NewKeyRequest.model_validate({"name": name, "scopes": scopes})
    made, now = new_key(), utc_now()
    row = KeyRow(made.key_id, client_id, said.name, digest(made.key), tuple(sorted(said.scopes)), _actor(), now)
    await api_keys.insert_key(writing, row)
    told = {"name": row.name, "scopes": list(row.scopes)}
    await audit.append(writing, client_id, _actor(), "key.create", f"key:{row.key_id}", at=now, details=told)
    return made.key


def _actor() -> str:
    return f"sentinel admin, as system user {os.getuid()}"


def _one_line(error: ValidationError | InvalidInputError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


if __name__ == "__main__":
    sys.exit(main())
