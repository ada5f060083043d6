"""The pages: / and /docs, and /openapi.json."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from control_plane.context import CurrentContext
from control_plane.overview import service
from control_plane.principal import Principal, needs
from dashboard import overview, reference

router = APIRouter(include_in_schema=False)


@router.get("/", response_class=HTMLResponse)
async def show(context: CurrentContext, principal: Annotated[Principal, needs("findings:read")]) -> HTMLResponse:
    """Read-only; always fresh."""
    page = overview.render(await service.overview(context, principal))
    return HTMLResponse(page, headers={"Cache-Control": "no-store"})


@router.get("/docs", response_class=HTMLResponse)
async def docs(request: Request) -> HTMLResponse:
    """The API, for people."""
    return HTMLResponse(reference.render(request.app.openapi()))


@router.get("/openapi.json")
async def description(request: Request) -> JSONResponse:
    """The API, for programs."""
    return JSONResponse(request.app.openapi())
