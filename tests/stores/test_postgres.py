"""What only a server can be: away, restarted, without the database, or not for us."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import make_url, text

from schemas.errors import InvalidInputError
from stores import Store, StoreError, facts, open_store
from tests.stores.given import NOW, VOLUME, event, log, waste
from tests.stores.test_store import append, steps
from tests.support.postgres import PASSWORD, Server, own_server


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One that may be stopped."""
    with own_server() as own:
        yield own


async def told(address: str) -> str:
    """Why this address cannot be migrated, pinged or written."""
    store = open_store(address)
    found = set()
    for use in (store.migrate, store.ping, lambda: append(store)):
        with pytest.raises(StoreError) as error:
            await use()
        found.add(str(error.value))
    await store.close()
    (line,) = found
    assert "\n" not in line
    assert PASSWORD not in line
    return line


def changed(address: str, **parts: object) -> str:
    return make_url(address).set(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]  # as given


async def test_a_wrong_password_is_one_line_without_it(server: Server) -> None:
    line = await told(changed(server.address, password="an0ther-s3cret"))
    assert line.endswith("the server refused the user name or the password")
    assert "an0ther" not in line
    assert line.startswith(f"store postgresql://sentinel:***@127.0.0.1:{server.port}/postgres: ")


async def test_a_database_that_is_not_there_is_one_line(postgres_url: str) -> None:
    assert "no such database" in await told(changed(postgres_url, database="nothing_here"))


async def test_a_server_that_is_not_there_is_one_line(postgres_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    line = await told(changed(postgres_url, host="127.0.0.1", port=port))
    assert "Connect call failed" in line


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:pl4nted@/db",
        "postgresql://u:pl4nted@host",
        "postgresql://u:pl4nted@host:port/db",
        "postgresql://u:pl4nted@host/db?sslcert=x",
        "postgresql://host/db?password=pl4nted",
    ],
)
def test_an_address_that_cannot_be_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(InvalidInputError, match="postgresql://USER:PASSWORD@HOST") as refused:
        open_store(address)
    assert "pl4nted" not in str(refused.value)


async def write_while_it_stops(store: Store, server: Server) -> None:
    async with store.write() as w:
        await facts.advance(w, {("topic", 0): 7})
        await asyncio.to_thread(server.stop)
        await facts.advance(w, {("topic", 0): 8})


async def test_a_restarted_server_is_used_again(server: Server) -> None:
    store = open_store(server.address)
    await store.migrate()
    await append(store)
    assert await steps(store) == 1
    with pytest.raises(StoreError):
        await write_while_it_stops(store, server)
    with pytest.raises(StoreError):
        await steps(store)
    await asyncio.to_thread(server.start)
    assert await steps(store) == 1
    await append(store)
    assert await steps(store) == 2
    async with store.read() as r:
        assert await facts.positions(r) == {}
    await store.close()


REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END $$;
"""


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("53100", "the disk of the server is full; free some space"),
        ("40001", "for the sake of another one"),
        ("40P01", "for the sake of another one"),
        ("57P01", "the server ended the connection"),
        ("XX001", "damaged data"),
    ],
)
async def test_what_the_server_cannot_do_is_one_line_and_the_next_write_works(
    store: Store, state: str, reason: str
) -> None:
    async with store.write() as w:
        await w.change(text(REFUSE.format(state=state)))
        await w.change(text("CREATE TRIGGER no BEFORE INSERT ON progress EXECUTE FUNCTION refuse()"))
    with pytest.raises(StoreError, match=reason):
        await append(store)
    async with store.write() as w:
        await w.change(text("DROP TRIGGER no ON progress"))
    await append(store)
    assert await steps(store) == 1


async def test_a_value_that_cannot_be_kept_is_no_error_of_the_store(store: Store) -> None:
    with pytest.raises(ValueError, match="0x00") as refused:
        await log(store, event(subject=VOLUME + "\0"))
    assert not isinstance(refused.value, StoreError)
    assert await log(store, event()) == 1


async def test_times_money_and_words_have_the_servers_own_types(store: Store) -> None:
    async with store.write() as w:
        await facts.upsert_findings(w, [waste("8.125")])
        await facts.fold_state(w, [event()])
    async with store.read() as r:
        (row,) = await r.rows(text("SELECT first_seen, monthly_saving, pg_typeof(evidence) kind FROM findings"))
        assert (row.first_seen, row.monthly_saving, row.kind) == (NOW, Decimal("8.125000"), "text")
        (row,) = await r.rows(text("SELECT last_seen FROM resources"))
        assert row.last_seen == NOW
