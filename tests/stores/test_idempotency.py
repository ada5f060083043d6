"""Keys of requests: one request a key, also when two ask at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from stores import Store
from stores.idempotency import KEPT, KeptKey, find_key, take_key
from tests.stores.given import NOW

FIRST, SECOND = KeptKey("scan-1", "a"), KeptKey("scan-2", "b")


async def take(store: Store, request: KeptKey, *, client_id: str = "acme", later: timedelta = timedelta()) -> bool:
    async with store.write() as w:
        return await take_key(w, client_id, "key", request, NOW + later)


async def kept(store: Store, client_id: str = "acme") -> KeptKey | None:
    async with store.read() as r:
        return await find_key(r, client_id, "key")


async def test_a_key_stands_for_its_first_request(store: Store) -> None:
    assert await kept(store) is None
    assert await take(store, FIRST)
    assert not await take(store, SECOND)
    assert await kept(store) == FIRST


async def test_clients_do_not_share_keys(store: Store) -> None:
    assert await take(store, FIRST)
    assert await kept(store, "other") is None
    assert await take(store, SECOND, client_id="other")
    assert (await kept(store), await kept(store, "other")) == (FIRST, SECOND)


async def test_a_key_is_kept_for_a_day_and_then_free(store: Store) -> None:
    assert timedelta(hours=24) <= KEPT
    assert await take(store, FIRST)
    assert not await take(store, SECOND, later=timedelta(hours=24))
    assert await take(store, SECOND, later=KEPT + timedelta(seconds=1))
    assert await kept(store) == SECOND


async def test_of_many_at_once_one_gets_the_key(store: Store, other: Store) -> None:
    wanted = [KeptKey(f"scan-{n}", str(n)) for n in range(12)]
    taken = await asyncio.gather(*(take((store, other)[n % 2], each) for n, each in enumerate(wanted)))
    assert taken.count(True) == 1
    assert await kept(store) == wanted[taken.index(True)]
