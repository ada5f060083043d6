"""``sentinel keys``: a new pair, and every data key under it while everything runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from cli.keys.rotation import rotate
from connections.vault import LocalKek, Vault, open_vault
from data_plane.reaching import Reaching
from schemas.account import AccountStatus
from schemas.errors import NoAccess
from schemas.event import utc_now
from schemas.scan import Connection
from schemas.sealing import Owner, Secret, read_public_kek, seal
from schemas.settings import Settings
from stores import Store, account_secrets, accounts, audit, open_store
from stores.accounts import AccountRow
from stores.audit import AuditFilters
from tests.cli.terminal import Ran, sentinel
from tests.data_plane.scripted import spec_of

OLD, NEW = LocalKek.generate(), LocalKek.generate()
OWNERS = [Owner("acme", f"{number:032x}") for number in range(5)]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    await opened.migrate()
    yield opened
    await opened.close()


async def given(store: Store, kek: LocalKek = OLD, owners: list[Owner] = OWNERS) -> None:
    now = utc_now()
    async with store.write() as writing:
        for number, owner in enumerate(owners):
            connection = Connection(mode="static_keys", access_key_id="AKIAPLANTEDKEY000000")
            place = (owner.account_id, owner.client_id, "aws", f"{number:012d}", "web", connection)
            await accounts.insert_account(writing, AccountRow(*place, {}, None, None, AccountStatus.ACTIVE, now, now))  # type: ignore[arg-type]
            secret = Secret({"secret_access_key": owner.account_id})
            await account_secrets.put_secret(writing, owner, seal(secret, owner, kek.public()), now)


async def by_key(store: Store) -> Mapping[str, int]:
    async with store.read() as reading:
        return await account_secrets.count_secrets_by_key(reading)


async def opened(store: Store, owner: Owner, kek: LocalKek) -> str:
    async with store.read() as reading:
        sealed = await account_secrets.get_secret(reading, owner)
    assert sealed is not None
    return Vault([kek]).open(sealed, owner)["secret_access_key"]


async def test_every_secret_opens_with_the_new_key_alone(store: Store) -> None:
    await given(store)
    told = await rotate(store, Vault([NEW, OLD]))
    assert (told.wrapped, told.left, told.failed) == (5, {}, [])
    assert [await opened(store, owner, NEW) for owner in OWNERS] == [owner.account_id for owner in OWNERS]
    with pytest.raises(NoAccess):
        await opened(store, OWNERS[0], OLD)


async def test_rotating_again_changes_nothing_and_each_move_is_told_once(store: Store) -> None:
    await given(store)
    await rotate(store, Vault([NEW, OLD]))
    again = await rotate(store, Vault([NEW]))
    assert (again.wrapped, again.left) == (0, {})
    async with store.read() as reading:
        told = await audit.find_entries(reading, "acme", AuditFilters(action="account.rewrap"), limit=100)
    assert sorted(entry.target for entry in told) == [owner.account_id for owner in OWNERS]
    assert told[0].details == {"from": OLD.id, "to": NEW.id}


async def test_what_was_begun_goes_on_and_a_missing_key_is_named(store: Store) -> None:
    await given(store, NEW, OWNERS[:2])
    await given(store, OLD, OWNERS[2:])
    stopped = await rotate(store, Vault([NEW]))
    assert (stopped.wrapped, stopped.left) == (0, {OLD.id: 3})
    assert [account for account, _ in stopped.failed] == [owner.account_id for owner in OWNERS[2:]]
    assert OLD.id in stopped.failed[0][1]
    assert (await rotate(store, Vault([NEW, OLD]))).wrapped == 3


async def test_a_secret_that_was_replaced_meanwhile_stays_replaced(store: Store) -> None:
    await given(store)
    async with store.read() as reading:
        row = (await account_secrets.secrets_under_other_keys(reading, NEW.id, after="", limit=1))[0]
    newer = seal(Secret({"secret_access_key": "newer"}), row.owner, NEW.public())
    async with store.write() as writing:
        await account_secrets.put_secret(writing, row.owner, newer, utc_now())
        moved = Vault([NEW, OLD]).wrap_again(row.sealed, row.owner, NEW.public())
        assert not await account_secrets.wrap_secret_again(writing, row.owner, row.sealed, moved)
    assert await opened(store, row.owner, NEW) == "newer"


async def test_workers_reach_their_accounts_all_the_while(store: Store) -> None:
    await given(store)
    reaching, done, reached = Reaching(store, Vault([NEW, OLD])), asyncio.Event(), 0

    async def work() -> None:
        nonlocal reached
        while not done.is_set() or reached < len(OWNERS):
            owner = OWNERS[reached % len(OWNERS)]
            _, secret = await reaching.reach(spec_of(client_id=owner.client_id, account=owner.account_id))
            assert secret is not None
            assert secret["secret_access_key"] == owner.account_id
            reached += 1

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(work())
        await rotate(store, Vault([NEW, OLD]))
        done.set()
    assert await by_key(store) == {NEW.id: 5}


def test_a_generated_pair_fits(home: Path) -> None:
    ran = sentinel("keys", "generate", home=home)
    settings = dict(line.split("=", 1) for line in ran.out.splitlines())
    public = read_public_kek(settings["SENTINEL_KEK_PUBLIC"])
    assert open_vault(Settings(kek=settings["SENTINEL_KEK"])).keks[0].id == public.id


async def test_the_command_says_what_is_left(store: Store, tmp_path: Path) -> None:
    await given(store)
    new, old = NEW.texts()[0], OLD.texts()[0]

    def run(kek: str) -> Ran:
        variables = {"SENTINEL_STORE": f"sqlite:///{tmp_path / 'store.sqlite'}", "SENTINEL_KEK": kek}
        return sentinel("keys", "rotate", home=tmp_path, variables=variables)

    missing = await asyncio.to_thread(run, new)
    assert (missing.code, f"5 need {OLD.id}: keep it in SENTINEL_KEK" in missing.out) == (3, True)
    ran = await asyncio.to_thread(run, f"{new},{old}")
    assert (ran.code, ran.out) == (0, f"5 wrapped under {NEW.id}; 0 remain under other keys\n")
    assert new not in ran.said
