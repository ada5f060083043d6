"""/api/v1/dead-letters."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from control_plane.context import CurrentContext
from control_plane.dead_letters import service
from control_plane.dead_letters.answer import LetterDetail, LetterList, LettersDropped, LettersReplayed
from control_plane.dead_letters.request import LetterFilters, LetterId, LetterSelection
from control_plane.principal import Principal, needs

router = APIRouter(prefix="/dead-letters", tags=["dead letters"])

Reader = Annotated[Principal, needs("dead-letters:read")]
Writer = Annotated[Principal, needs("dead-letters:write")]


@router.get("", summary="Find dead letters")
async def index(filters: Annotated[LetterFilters, Query()], context: CurrentContext, principal: Reader) -> LetterList:
    """What could not be read or stored, newest first, without the bodies."""
    return await service.page(context, principal, filters)


@router.get("/{letter_id:hex32}", summary="One dead letter with its body")
async def show(letter_id: LetterId, context: CurrentContext, principal: Reader) -> LetterDetail:
    """The original as it was, from where, and why it was refused."""
    return await service.one(context, principal, letter_id)


@router.post("/replay", status_code=202, summary="Send many dead letters again")
async def replay_all(asked: LetterSelection, context: CurrentContext, principal: Writer) -> LettersReplayed:
    """Each goes to its own topic under its own key, now or as soon as the bus is there."""
    return await service.replay_all(context, principal, asked)


@router.post("/drop", summary="Drop many dead letters")
async def drop_all(asked: LetterSelection, context: CurrentContext, principal: Writer) -> LettersDropped:
    """They stay visible until the retention takes them, and are not sent again."""
    return await service.drop_all(context, principal, asked)


@router.post(
    "/{letter_id:hex32}/replay",
    status_code=202,
    summary="Send a dead letter again",
    responses={409: {"description": "It was dropped, or only its beginning was kept."}},
)
async def replay(letter_id: LetterId, context: CurrentContext, principal: Writer) -> LetterDetail:
    """To its own topic under its own key. Refused again, it is a new dead letter whose `replay_of` names this one."""
    return await service.replay(context, principal, letter_id)


@router.post("/{letter_id:hex32}/drop", summary="Drop a dead letter")
async def drop(letter_id: LetterId, context: CurrentContext, principal: Writer) -> LetterDetail:
    """It stays visible until the retention takes it. Dropping again changes nothing."""
    return await service.drop(context, principal, letter_id)
