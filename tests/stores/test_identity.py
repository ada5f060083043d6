"""People, sessions, API keys and failed sign-ins."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy.exc import IntegrityError

from stores import Store, api_keys, sessions, sign_in_failures, users
from stores.api_keys import KeyRow
from stores.migrate import downgrade
from stores.sessions import SessionRow
from stores.users import UserRow
from tests.stores.given import NOW

ANN = UserRow("u1", "acme", "ann@acme.test", "admin", "$argon2id$…", False, None, None, NOW, None, None)
BOB = UserRow("u2", "acme", "bob@acme.test", "viewer", None, False, "https://idp", "sub-2", NOW, None, None)
FIRST = SessionRow("hash-1", "refresh", "family-1", "acme", "user:u1", NOW, NOW + timedelta(days=30))
KEY = KeyRow("k1", "acme", "ci", "hash", ("events:read",), "ann@acme.test", NOW, NOW + timedelta(days=90))
MINUTE = timedelta(minutes=1)


async def put(store: Store, *rows: UserRow | SessionRow | KeyRow) -> None:
    async with store.write() as w:
        for row in rows:
            if isinstance(row, UserRow):
                await users.insert_user(w, row)
            elif isinstance(row, SessionRow):
                await sessions.insert_session(w, row)
            else:
                assert await api_keys.insert_key(w, row)


async def test_a_person_is_found_by_id_address_and_subject_at_their_client_only(store: Store) -> None:
    await put(store, ANN, BOB)
    async with store.read() as r:
        assert await users.get_user(r, "acme", "u1") == ANN
        assert await users.find_user(r, "acme", "bob@acme.test") == BOB
        assert await users.find_subject(r, "acme", "https://idp", "sub-2") == BOB
        assert await users.get_user(r, "globex", "u1") is None
        assert await users.find_user(r, "globex", "bob@acme.test") is None
        assert await users.find_subject(r, "globex", "https://idp", "sub-2") is None
        assert await users.list_users(r, "acme", limit=1) == [ANN]
        assert await users.list_users(r, "acme", limit=9, after="ann@acme.test") == [BOB]
        assert await users.list_users(r, "globex", limit=9) == []
        assert (await users.has_users(r, "acme"), await users.has_users(r, "globex")) == (True, False)


async def test_an_address_is_there_once_at_a_client_and_may_be_at_several(store: Store) -> None:
    await put(store, ANN, msgspec.structs.replace(ANN, user_id="u3", client_id="globex"))
    with pytest.raises(IntegrityError):
        await put(store, msgspec.structs.replace(ANN, user_id="u4"))


async def test_changing_and_forgetting_a_person_stays_within_the_client(store: Store) -> None:
    await put(store, ANN, BOB)
    async with store.write() as w:
        assert not await users.change_user(w, "globex", "u1", {"role": "viewer"})
        assert not await users.delete_user(w, "globex", "u1")
        assert not await users.another_admin(w, "acme", "u1")
        assert await users.change_user(w, "acme", "u2", {"role": "admin"})
        assert await users.another_admin(w, "acme", "u1")
        assert await users.change_user(w, "acme", "u2", {"disabled_at": NOW})
        assert not await users.another_admin(w, "acme", "u1")
        assert await users.delete_user(w, "acme", "u2")
        assert await users.get_user(w, "acme", "u2") is None


async def test_of_many_at_once_one_takes_a_token(store: Store, other: Store) -> None:
    await put(store, FIRST)

    async def take(number: int) -> bool:
        async with (store, other)[number % 2].write() as w:
            return await sessions.use(w, "hash-1", NOW)

    assert sorted(await asyncio.gather(*map(take, range(8)))) == [False] * 7 + [True]


async def test_a_revoked_family_holds_no_more_and_others_do(store: Store) -> None:
    second = msgspec.structs.replace(FIRST, token_hash="hash-2", kind="cookie")
    elsewhere = msgspec.structs.replace(FIRST, token_hash="hash-3", family="family-2")
    await put(store, FIRST, second, elsewhere)
    async with store.write() as w:
        await sessions.revoke_family(w, "family-1", NOW + MINUTE)
    async with store.read() as r:
        found = await sessions.find_session(r, "refresh", "hash-1")
        assert found is not None
        assert found.revoked_at == NOW + MINUTE
        assert await sessions.find_session(r, "refresh", "hash-2") is None, "a cookie is no refresh token"
        kept = await sessions.find_session(r, "refresh", "hash-3")
    assert (found.holds(NOW), kept == elsewhere) == (False, True)


async def test_signing_out_everywhere_ends_all_families_of_that_person(store: Store) -> None:
    theirs = msgspec.structs.replace(FIRST, token_hash="hash-2", family="family-2")
    foreign = msgspec.structs.replace(FIRST, token_hash="hash-3", client_id="globex")
    await put(store, FIRST, theirs, foreign)
    async with store.write() as w:
        await sessions.revoke_holder(w, "acme", "user:u1", NOW)
        rows = [await sessions.find_session(w, "refresh", f"hash-{n}") for n in (1, 2, 3)]
    assert [row is not None and row.holds(NOW) for row in rows] == [False, False, True]


async def test_a_session_ends_and_leaves_when_another_begins(store: Store) -> None:
    await put(store, FIRST)
    assert FIRST.holds(FIRST.expires_at - MINUTE)
    assert not FIRST.holds(FIRST.expires_at)
    later = FIRST.expires_at + MINUTE
    await put(store, msgspec.structs.replace(FIRST, token_hash="hash-2", issued_at=later, expires_at=later + MINUTE))
    async with store.read() as r:
        assert await sessions.find_session(r, "refresh", "hash-1") is None


async def test_keys_are_listed_newest_first_and_revoked_within_the_client(store: Store) -> None:
    newer = msgspec.structs.replace(KEY, key_id="k2", created_at=NOW + MINUTE)
    await put(store, KEY, newer)
    async with store.write() as w:
        assert not await api_keys.insert_key(w, KEY)
        assert await api_keys.list_keys(w, "acme", limit=1) == [newer]
        assert await api_keys.list_keys(w, "acme", limit=9, cursor=(newer.created_at, "k2")) == [KEY]
        assert await api_keys.list_keys(w, "globex", limit=9) == []
        assert await api_keys.get_key(w, "globex", "k1") is None
        assert not await api_keys.revoke_key(w, "globex", "k1", NOW)
        assert await api_keys.revoke_key(w, "acme", "k1", NOW)
        assert not await api_keys.revoke_key(w, "acme", "k1", NOW)
        found = await api_keys.find_key(w, "k1")
    assert found is not None
    assert (KEY.holds(NOW), found.holds(NOW), KEY.holds(NOW + timedelta(days=90))) == (True, False, False)


async def test_the_last_use_of_a_key_is_a_day_that_goes_forward(store: Store) -> None:
    await put(store, KEY)
    async with store.write() as w:
        for day in (NOW.date(), NOW.date() - timedelta(days=3)):
            await api_keys.note_use(w, "k1", day)
        found = await api_keys.find_key(w, "k1")
    assert found is not None
    assert found.last_used_on == NOW.date()


async def test_failures_count_for_a_quarter_of_an_hour(store: Store) -> None:
    async with store.write() as w:
        for minutes in (0, 5, 14):
            await sign_in_failures.add(w, ["account", "address"], NOW + minutes * MINUTE)
        assert await sign_in_failures.count(w, "account", NOW + 14 * MINUTE) == (3, NOW + 15 * MINUTE)
        await sign_in_failures.forget(w, "account")
        assert await sign_in_failures.count(w, "account", NOW + 14 * MINUTE) == (0, NOW + 14 * MINUTE)
        assert (await sign_in_failures.count(w, "address", NOW + 15 * MINUTE))[0] == 0
        await sign_in_failures.add(w, ["address"], NOW + 16 * MINUTE)
        assert (await sign_in_failures.count(w, "address", NOW + 16 * MINUTE))[0] == 1


async def test_the_tables_go_and_come_back(store: Store) -> None:
    await asyncio.to_thread(downgrade, store.database, "v0008")
    await store.migrate()
    await put(store, ANN)
