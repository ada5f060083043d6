"""/api/v1/schedules."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from control_plane.context import CurrentContext
from control_plane.principal import Principal, needs
from control_plane.schedules import service
from control_plane.schedules.answer import NextStarts, RunAnswer, RunList, ScheduleAnswer, ScheduleList
from control_plane.schedules.request import NextQuery, RunQuery, ScheduleChange, ScheduleId, ScheduleRequest

router = APIRouter(prefix="/schedules", tags=["schedules"])

Reader = Annotated[Principal, needs("schedules:read")]
Writer = Annotated[Principal, needs("schedules:write")]
TAKEN: dict[int | str, dict[str, Any]] = {409: {"description": "There is a schedule of that name."}}


@router.post("", status_code=201, summary="Make a schedule", responses=TAKEN)
async def create(
    asked: ScheduleRequest, response: Response, context: CurrentContext, principal: Writer
) -> ScheduleAnswer:
    """Which accounts are scanned, when, and what of them."""
    made = await service.add(context, principal, asked)
    response.headers["Location"] = f"/api/v1/schedules/{made.schedule_id}"
    return made


@router.get("", summary="List schedules")
async def index(context: CurrentContext, principal: Reader) -> ScheduleList:
    """All, by name."""
    return await service.every(context, principal)


@router.get("/{schedule_id:hex32}", summary="One schedule")
async def show(schedule_id: ScheduleId, context: CurrentContext, principal: Reader) -> ScheduleAnswer:
    """With the time at which it is due next."""
    return await service.one(context, principal, schedule_id)


@router.patch("/{schedule_id:hex32}", summary="Change or pause a schedule", responses=TAKEN)
async def change(
    schedule_id: ScheduleId, asked: ScheduleChange, context: CurrentContext, principal: Writer
) -> ScheduleAnswer:
    """What is left out stays. It counts from now on: nothing is caught up for the time while it was paused."""
    return await service.change(context, principal, schedule_id, asked)


@router.delete("/{schedule_id:hex32}", status_code=204, summary="Delete a schedule")
async def forget(schedule_id: ScheduleId, context: CurrentContext, principal: Writer) -> None:
    """With the list of its runs; the scans stay."""
    await service.forget(context, principal, schedule_id)


@router.post("/{schedule_id:hex32}/run", status_code=202, summary="Run a schedule now")
async def run(schedule_id: ScheduleId, context: CurrentContext, principal: Writer) -> RunAnswer:
    """Once more than planned, also while it is paused. Accounts whose scan of the last run still runs are left out."""
    return await service.run_now(context, principal, schedule_id)


@router.get("/{schedule_id:hex32}/runs", summary="The runs of a schedule")
async def runs(
    schedule_id: ScheduleId, asked: Annotated[RunQuery, Query()], context: CurrentContext, principal: Reader
) -> RunList:
    """Newest first, each with its scans and with the accounts that were left out."""
    return await service.runs(context, principal, schedule_id, asked)


@router.get("/{schedule_id:hex32}/next", summary="When a schedule starts next")
async def following(
    schedule_id: ScheduleId, asked: Annotated[NextQuery, Query()], context: CurrentContext, principal: Reader
) -> NextStarts:
    """Also when the clocks change; while it is paused, as if it were not."""
    return await service.next_starts(context, principal, schedule_id, asked.count)
