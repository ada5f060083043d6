"""The API: one application that puts the nouns together."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import structlog
from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

import dashboard
from control_plane import description, problems
from control_plane.accounts import endpoints as accounts
from control_plane.audit import endpoints as audit
from control_plane.auth import endpoints as auth
from control_plane.auth import oidc_endpoints as oidc
from control_plane.auth.key_file import token_keys
from control_plane.auth.opaque import check_first_key
from control_plane.body_limit import BodyLimit
from control_plane.catalogue import endpoints as catalogue
from control_plane.context import Clock, Context, ScanIds, scan_ids
from control_plane.costs import endpoints as costs
from control_plane.dead_letters import endpoints as dead_letters
from control_plane.events import endpoints as events
from control_plane.findings import endpoints as findings
from control_plane.gate import Gate
from control_plane.headers import Headers
from control_plane.health import endpoints as health
from control_plane.ingestions import endpoints as ingestions
from control_plane.jobs import endpoints as jobs
from control_plane.keys import endpoints as keys
from control_plane.limits import RequestLimits
from control_plane.me import endpoints as me
from control_plane.organizations import endpoints as organizations
from control_plane.overview import endpoints as overview
from control_plane.overview import sign_in
from control_plane.resources import endpoints as resources
from control_plane.scans import endpoints as scans
from control_plane.schedules import endpoints as schedules
from control_plane.schemas import endpoints as schemas
from control_plane.setup import endpoints as setup
from control_plane.status import endpoints as status
from control_plane.users import endpoints as users
from control_plane.watching import watch
from schemas.callback import read_keys
from schemas.errors import InvalidInputError
from schemas.event import utc_now
from schemas.sealing import read_public_kek
from schemas.settings import Settings
from stores import StoreError, open_store

NOUNS: Final = (
    scans,
    events,
    resources,
    findings,
    costs,
    dead_letters,
    accounts,
    setup,
    organizations,
    schedules,
    jobs,
    ingestions,
    status,
    catalogue,
    schemas,
    *(auth, oidc, me, users, keys, audit),
)

ORIGIN: Final = re.compile(r"https?://[^/,*\s]+")
ASKED_HEADERS: Final = ("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID")

log = structlog.get_logger("control_plane")


def create_app(settings: Settings, *, clock: Clock = utc_now, new_scan_id: ScanIds | None = None) -> FastAPI:
    """The application over the store of the settings. Raises ``InvalidInputError`` for settings that cannot be."""
    read_keys(settings.callback_secret)
    _check_keys(settings)
    check_first_key(settings.first_key)
    store = open_store(settings.store_url)
    limits = RequestLimits(settings.api_requests_per_second)
    context = Context(settings, store, new_scan_id or scan_ids(settings.id_seed), token_keys(settings), limits, clock)
    app = FastAPI(
        title="Cloud Sentinel",
        summary="Event-driven, read-only cloud scanner",
        version=description.version(),
        lifespan=_lifespan(context),
        docs_url=None,  # the pages that come with FastAPI load scripts from elsewhere
        redoc_url=None,
        openapi_url=None,  # behind the gate too: control_plane.overview
    )
    app.state.context = context
    app.add_middleware(Gate)
    problems.install(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Headers, https=settings.public_url.startswith("https:"))
    _allow_origins(app, settings.cors_origins)
    app.include_router(_api())
    app.include_router(schemas.document)
    app.include_router(health.router)
    app.include_router(overview.router)
    app.include_router(sign_in.router)
    app.mount("/assets", StaticFiles(directory=dashboard.ASSETS), name="assets")
    description.install(app)
    return app


def _check_keys(settings: Settings) -> None:
    """The API seals and cannot open. Raises ``InvalidInputError`` when it was given what could."""
    if settings.kek:
        raise InvalidInputError(
            "SENTINEL_KEK", None, "only workers have these keys; the API takes the public half: SENTINEL_KEK_PUBLIC"
        )
    if settings.kek_public:
        read_public_kek(settings.kek_public)


def _allow_origins(app: FastAPI, listed: str) -> None:
    """Pages of these origins may call the API with a token; no cookie goes with it. Without any, no page may."""
    origins = [origin.strip().rstrip("/") for origin in listed.split(",") if origin.strip()]
    wrong = [origin for origin in origins if not ORIGIN.fullmatch(origin)]
    if wrong:
        raise InvalidInputError("SENTINEL_CORS_ORIGINS", wrong[0], "origins as https://host[:port], a comma between")
    if origins:
        methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
        app.add_middleware(CORSMiddleware, allow_origins=origins, allow_methods=methods, allow_headers=ASKED_HEADERS)


def _api() -> APIRouter:
    api = APIRouter(prefix="/api/v1")
    for noun in NOUNS:
        api.include_router(noun.router)
    return api


def _lifespan(context: Context) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await _migrate(context)
        stop = asyncio.Event()
        watching = asyncio.create_task(watch(context, stop), name="watch")
        yield
        stop.set()
        await watching
        await context.store.close()

    return lifespan


async def _migrate(context: Context) -> None:
    """A store that is not there yet does not stop the API: it answers 503 and says so at /readyz."""
    try:
        await context.store.migrate()
    except StoreError as error:
        log.warning("store_not_migrated", store=context.store.place, error=str(error))
