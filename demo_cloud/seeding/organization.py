"""The organization that the accounts of the demo belong to: two units, and one account that is closed."""

from __future__ import annotations

from typing import Any, Final

from moto.organizations.models import organizations_backends

from demo_cloud.names import CLOSED, DATA, HOLDING, MEMBERS, RETAIL, SANDBOX

ROOT_ID: Final = "r-de00"
UNITS: Final = {"ou-de00-0de0prod": "Production", "ou-de00-0de0play": "Playground"}
PLACES: Final = {RETAIL: "ou-de00-0de0prod", DATA: "ou-de00-0de0prod", SANDBOX: "ou-de00-0de0play", CLOSED: ROOT_ID}
TAGS: Final = {RETAIL: {"team": "shop", "stage": "production"}, DATA: {"team": "data"}, SANDBOX: {"stage": "test"}}


def seed_organization() -> None:
    """Ids, names and places are always the same."""
    backend: Any = organizations_backends[HOLDING]["aws"]
    backend.create_organization("us-east-1", FeatureSet="ALL")
    _name_root(backend)
    for unit_id, name in UNITS.items():
        backend.create_organizational_unit(ParentId=ROOT_ID, Name=name)
        backend.ou[-1].id = unit_id
    backend.accounts[0].name = MEMBERS[HOLDING]
    for account_id, place in PLACES.items():
        told = backend.create_account(AccountName=MEMBERS[account_id], Email=f"{account_id}@example.org")
        account = backend.get_account_by_id(told["CreateAccountStatus"]["AccountId"])
        account.id, account.parent_id, account.tags = account_id, place, TAGS.get(account_id, {})
        if account_id == CLOSED:
            account.close()


def _name_root(backend: Any) -> None:  # noqa: ANN401 - moto's model
    backend.org.root_id = backend.ou[0].id = ROOT_ID
    for account in backend.accounts:
        account.parent_id = ROOT_ID
