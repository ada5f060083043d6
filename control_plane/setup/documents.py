"""The documents for one account: what its owner creates, with everything filled in that is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final, Literal

from control_plane.setup import aws, azure, gcp
from control_plane.setup.aws import Trust
from schemas.demo import DEMO_ACCESS_PRINCIPAL, DEMO_CLIENT_ID, DEMO_EXTERNAL_ID, DEMO_GCP_PRINCIPAL
from schemas.errors import InvalidInputError
from schemas.policy import all_operations
from stores.accounts import AccountRow

Format = Literal["cloudformation", "terraform", "role", "commands"]
Operations = Collection[str]
NO_ACCOUNT: Final = {"azure": "SUBSCRIPTION_ID", "gcp": "PROJECT_ID"}
FORMATS: Final[Mapping[str, tuple[Format, ...]]] = {
    "aws": ("cloudformation", "terraform"),
    "azure": ("commands", "role", "terraform"),
    "gcp": ("commands", "role", "terraform"),
}
"""By provider; the first is what is told when none is asked for."""


def document(row: AccountRow, wanted: Format | None, principal: str) -> tuple[Format, str]:
    """The format and the text. ``principal`` is the AWS identity of the workers.

    Raises ``InvalidInputError`` for a format that the provider has not, and for a principal that is not known.
    """
    formats = FORMATS[row.provider]
    chosen = wanted or formats[0]
    if chosen not in formats:
        raise InvalidInputError("format", chosen, f"allowed for {row.provider}: {', '.join(formats)}")
    operations = all_operations(row.provider)
    if row.provider == "aws":
        trust = _trust(row, principal)
        return chosen, (aws.cloudformation if chosen == "cloudformation" else aws.terraform)(operations, trust)
    return chosen, _WRITERS[row.provider, chosen](row, operations)


def _trust(row: AccountRow, principal: str) -> Trust:
    connection = row.connection
    if connection.mode == "demo":
        return Trust(DEMO_ACCESS_PRINCIPAL, DEMO_EXTERNAL_ID)
    if connection.role_arn is None or connection.external_id is None:
        text = f"mode {connection.mode} is reached without a role; only accounts of mode assume_role have one to make"
        raise InvalidInputError("account", row.name, text)
    if not principal:
        text = "the ARN of the identity that workers have; give it here, or set SENTINEL_AWS_PRINCIPAL for the API"
        raise InvalidInputError("trusted", None, text)
    _, _, path = connection.role_arn.partition(":role")
    folder, _, name = path.rpartition("/")
    return Trust(principal, connection.external_id, name, f"{folder}/")


def _subscription(row: AccountRow) -> str:
    return row.native_id or NO_ACCOUNT["azure"]


def _application(row: AccountRow) -> str | None:
    return DEMO_CLIENT_ID if row.connection.mode == "demo" else row.connection.application_id


def _project(row: AccountRow) -> str:
    return row.native_id or NO_ACCOUNT["gcp"]


def _service_account(row: AccountRow) -> str | None:
    return DEMO_GCP_PRINCIPAL if row.connection.mode == "demo" else row.connection.service_account


_WRITERS: Final[Mapping[tuple[str, str], Callable[[AccountRow, Operations], str]]] = {
    ("azure", "commands"): lambda row, ops: azure.commands(ops, _subscription(row), _application(row)),
    ("azure", "role"): lambda row, ops: azure.role(ops, _subscription(row)),
    ("azure", "terraform"): lambda row, ops: azure.terraform(ops, _subscription(row), _application(row)),
    ("gcp", "commands"): lambda row, ops: gcp.commands(ops, _project(row), _service_account(row)),
    ("gcp", "role"): lambda _, ops: gcp.role(ops),
    ("gcp", "terraform"): lambda row, ops: gcp.terraform(ops, _project(row), _service_account(row)),
}
