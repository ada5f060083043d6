"""From a stored account to what reaches it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connections.vault import LocalKek, Vault
from data_plane.backbone import Backbone
from data_plane.reaching import Reaching, check_account
from schemas.account import AccountStatus
from schemas.errors import NoAccess
from schemas.scan import Connection, Discovery, ScanSpec
from schemas.sealing import Owner, Secret, seal
from stores import account_secrets, accounts
from stores.accounts import AccountRow
from tests.data_plane.scripted import spec_of

ACCOUNT = "0f6c1d2e3b4a5968778695a4b3c2d1e0"
KEK = LocalKek.generate()
STORED = Connection(mode="static_keys", access_key_id="AKIAPLANTEDKEY000000")


def scan(**changed: Any) -> ScanSpec:
    return spec_of(**{"client_id": "acme", "account": ACCOUNT, "connection": Connection(mode="ambient"), **changed})


async def given(backbone: Backbone, **changed: Any) -> None:
    now = backbone.clock()
    row = AccountRow(ACCOUNT, "acme", "aws", "1" * 12, "web", STORED, {}, None, None, AccountStatus.ACTIVE, now, now)
    async with backbone.store.write() as writing:
        await accounts.insert_account(writing, msgspec.structs.replace(row, **changed))
        owner = Owner("acme", ACCOUNT)
        await account_secrets.put_secret(writing, owner, seal(Secret({"k": "v"}), owner, KEK.public()), now)


async def test_a_scan_gets_the_connection_that_its_account_has_now(backbone: Backbone) -> None:
    await given(backbone)
    reached, secret = await Reaching(backbone.store, Vault([KEK])).reach(scan())
    assert reached.connection == STORED
    assert secret is not None
    assert secret["k"] == "v"


async def test_a_scan_without_an_account_stays_as_it_is(backbone: Backbone) -> None:
    asked = scan(account=None)
    assert await Reaching(backbone.store, Vault([])).reach(asked) == (asked, None)


@pytest.mark.parametrize(
    ("changed", "asked", "says"),
    [
        ({}, {"client_id": "rival"}, "the account was deleted"),
        ({}, {"account": "f" * 32}, "the account was deleted"),
        ({"status": AccountStatus.SUSPENDED}, {}, 'the account "web" is suspended'),
    ],
)
async def test_what_may_not_be_reached_is_not(
    backbone: Backbone, changed: dict[str, Any], asked: dict[str, Any], says: str
) -> None:
    await given(backbone, **changed)
    with pytest.raises(NoAccess, match=says):
        await Reaching(backbone.store, Vault([KEK])).reach(scan(**asked))


@pytest.mark.parametrize(
    ("connection", "found", "right"),
    [
        (Connection(mode="static_keys", account="1" * 12), "1" * 12, True),
        (Connection(mode="static_keys", account="1" * 12), "2" * 12, False),
        (Connection(mode="static_keys"), "2" * 12, True),
        (Connection(mode="assume_role", role_arn=f"arn:aws:iam::{'1' * 12}:role/a"), "2" * 12, False),
    ],
)
def test_credentials_that_lead_elsewhere_are_noticed(connection: Connection, found: str, right: bool) -> None:
    discovery = Discovery(found, "somebody", "aws", ())
    if right:
        check_account(scan(connection=connection), discovery)
    else:
        with pytest.raises(NoAccess, match="reach another one"):
            check_account(scan(connection=connection), discovery)
    check_account(scan(connection=connection, account=None), discovery)
    check_account(scan(connection=connection), None)
