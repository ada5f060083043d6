"""/api/v1/costs."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from control_plane.context import Context, CurrentContext
from control_plane.costs import service
from control_plane.costs.answer import CostList, LineList, SourceList, Summary, TopList
from control_plane.costs.request import CostsRequest, Form, LinesRequest, SummaryRequest, TopRequest
from control_plane.principal import Principal, needs
from finops.analysis.files import columns_of, csv_of, parquet_of
from stores.lake.lines import LINE

router = APIRouter(prefix="/costs", tags=["costs"])

CSV: Final = "text/csv"
PARQUET: Final = "application/vnd.apache.parquet"
NEXT: Final = "x-next-cursor"
Reader = Annotated[Principal, needs("costs:read")]
_LAKE: Final[dict[int | str, dict[str, Any]]] = {501: {"description": "The extra [lake] is not installed here."}}
_FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {CSV: {"schema": {"type": "string"}}, PARQUET: {"schema": {"type": "string"}}}}
}


@router.get("", summary="Costs by groups", response_model=CostList, responses={**_LAKE, **_FILES})
async def index(
    asked: Annotated[CostsRequest, Query()], request: Request, context: CurrentContext, principal: Reader
) -> Response | CostList:
    """Sums by day, month, service, account … and currency. As CSV or Parquet the header x-next-cursor goes on."""
    found = await service.costs(context, principal, asked)
    form = asked.format or _accepted(request)
    return found if form == "json" else await _file(found, form, context)


@router.get("/lines", summary="Line items", response_model=LineList, responses=_LAKE)
async def lines(
    asked: Annotated[LinesRequest, Query()], request: Request, context: CurrentContext, principal: Reader
) -> Response | LineList:
    """What a figure is made of: the same filters as for the figure."""
    found = await service.lines(context, principal, asked)
    if (asked.format or _accepted(request)) != "csv":
        return found
    return _csv(csv_of([*LINE, "demo"], found.items), found.next_cursor)


@router.get("/summary", summary="The month to date")
async def summary(asked: Annotated[SummaryRequest, Query()], context: CurrentContext, principal: Reader) -> Summary:
    """Through the last whole day, against the same days of the month before, by cloud and currency."""
    return await service.summary(context, principal, asked)


@router.get("/top", summary="What costs most", responses=_LAKE)
async def top(asked: Annotated[TopRequest, Query()], context: CurrentContext, principal: Reader) -> TopList:
    """The dearest services, accounts, resources …, and what all others cost together."""
    return await service.top(context, principal, asked)


@router.get("/sources", summary="Where costs come from")
async def sources(context: CurrentContext, principal: Reader) -> SourceList:
    """The form of bill that is active for each billing account, and the days that it tells."""
    return await service.sources(context, principal)


def _accepted(request: Request) -> Form:
    accepted = request.headers.get("accept", "")
    if CSV in accepted:
        return "csv"
    return "parquet" if PARQUET in accepted else "json"


async def _file(found: CostList, form: Form, context: Context) -> Response:
    columns = columns_of(found.group_by)
    records = [{**item.keys, **item.model_dump(exclude={"keys"})} for item in found.items]
    if form == "csv":
        return _csv(csv_of(columns, records), found.next_cursor)
    service.require_lake("Parquet")
    body = await asyncio.to_thread(parquet_of, columns, records, context.settings)
    return Response(body, 200, _next(found.next_cursor), PARQUET)


def _csv(text: str, cursor: str | None) -> Response:
    return Response(text, 200, _next(cursor), CSV)


def _next(cursor: str | None) -> dict[str, str]:
    return {NEXT: cursor} if cursor else {}
