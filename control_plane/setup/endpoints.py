"""/api/v1/accounts/{id}/setup."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints

from control_plane.accounts.request import AccountId
from control_plane.accounts.service import find_account
from control_plane.context import CurrentContext
from control_plane.errors import InvalidRequestError
from control_plane.principal import Principal, needs
from control_plane.setup.aws import PARAMETERS
from control_plane.setup.documents import Format, document
from control_plane.strict import Strict
from schemas.errors import InvalidInputError

router = APIRouter(prefix="/accounts", tags=["accounts"])

Reader = Annotated[Principal, needs("accounts:read")]


class SetupQuery(Strict):
    """Which document."""

    format: Format | None = Field(
        None,
        description="`cloudformation` or `terraform` for AWS; `commands`, `role` or `terraform` for Azure and Google "
        "Cloud. The first when left out.",
    )
    trusted: Annotated[str | None, StringConstraints(max_length=2048, pattern=f"^{PARAMETERS['Principal'][0]}$")] = (
        Field(None, description="AWS: the identity of the workers, instead of `SENTINEL_AWS_PRINCIPAL`.")
    )


class SetupAnswer(BaseModel):
    """What the owner of the account creates. It grants what a scan calls, and nothing else."""

    format: Format
    text: str


@router.get("/{account_id:hex32}/setup", summary="What the owner of an account must create")
async def show(
    account_id: AccountId, asked: Annotated[SetupQuery, Query()], context: CurrentContext, principal: Reader
) -> SetupAnswer:
    """The read role with its trust and external id, the custom role with its assignment: ready to be applied."""
    async with context.store.read() as reading:
        row = await find_account(reading, principal, account_id)
    try:
        chosen, text = document(row, asked.format, asked.trusted or context.settings.aws_principal)
    except InvalidInputError as error:
        raise InvalidRequestError([error]) from error
    return SetupAnswer(format=chosen, text=text)
