"""/api/v1/accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from control_plane.accounts import service
from control_plane.accounts.answer import AccountAnswer, AccountList
from control_plane.accounts.request import AccountChange, AccountId, AccountQuery, AccountRequest
from control_plane.context import CurrentContext
from control_plane.jobs.answer import JobAccepted
from control_plane.principal import Principal, needs

router = APIRouter(prefix="/accounts", tags=["accounts"])

Reader = Annotated[Principal, needs("accounts:read")]
Operator = Annotated[Principal, needs("scans:write")]
Admin = Annotated[Principal, needs("accounts:admin")]


@router.post(
    "", status_code=201, summary="Add an account", responses={409: {"description": "This client has it already."}}
)
async def create(asked: AccountRequest, response: Response, context: CurrentContext, principal: Admin) -> AccountAnswer:
    """For a role the answer tells the external id that its trust policy has to ask for."""
    added = await service.add(context, principal, asked)
    response.headers["Location"] = f"/api/v1/accounts/{added.account_id}"
    return added


@router.get("", summary="List accounts")
async def index(asked: Annotated[AccountQuery, Query()], context: CurrentContext, principal: Reader) -> AccountList:
    """By name."""
    return await service.page(context, principal, asked)


@router.get("/{account_id:hex32}", summary="One account")
async def show(account_id: AccountId, context: CurrentContext, principal: Reader) -> AccountAnswer:
    """How it is reached, by reference."""
    return await service.one(context, principal, account_id)


@router.patch(
    "/{account_id:hex32}",
    summary="Change or suspend an account",
    responses={409: {"description": "The new connection reaches another account."}},
)
async def change(
    account_id: AccountId, asked: AccountChange, context: CurrentContext, principal: Admin
) -> AccountAnswer:
    """What is left out stays. A connection is given whole; the external id stays what it is."""
    return await service.change(context, principal, account_id, asked)


@router.delete("/{account_id:hex32}", status_code=204, summary="Delete an account")
async def forget(account_id: AccountId, context: CurrentContext, principal: Admin) -> None:
    """Its secret is erased. What scans found stays."""
    await service.forget(context, principal, account_id)


@router.post(
    "/{account_id:hex32}/test",
    status_code=202,
    summary="Test an account",
    responses={409: {"description": "The account is not active."}},
)
async def test(account_id: AccountId, response: Response, context: CurrentContext, principal: Operator) -> JobAccepted:
    """A worker says who we are there and what is missing: look at the job (`Location`)."""
    job = await service.test(context, principal, account_id)
    response.headers["Location"] = f"/api/v1/jobs/{job.job_id}"
    return JobAccepted(job_id=job.job_id, status=job.status)
