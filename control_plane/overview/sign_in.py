"""/sign-in and /sign-out: the cookie of the page. It reads, and nothing else is allowed with it."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field
from starlette.responses import Response

from control_plane.audit.record import record
from control_plane.auth import signing_in
from control_plane.auth.identify import COOKIE, address_of, by_key, key_principal
from control_plane.auth.opaque import digest
from control_plane.auth.passwords import LONGEST, SHORTEST
from control_plane.auth.request import CLIENT, read_form
from control_plane.context import Context, CurrentContext
from control_plane.errors import InvalidGrantError, TooManyRequestsError, UnauthorizedError
from dashboard.sign_in import SignInForm, render
from schemas.scan import DEFAULT_CLIENT
from stores import sessions

router = APIRouter(include_in_schema=False)

WRONG: Final = "The user, the password or the key is wrong, over or revoked."
CHOOSE: Final = "This password was given by somebody else: choose another."


class PageForm(BaseModel):
    """What the form sends: a person's, or a key."""

    email: str = Field("", max_length=254)
    password: str = Field("", max_length=LONGEST)
    new_password: str | None = Field(None, min_length=SHORTEST, max_length=LONGEST)
    client: str = Field("", pattern=f"^$|{CLIENT}")
    key: str = Field("", max_length=200)


@router.get("/sign-in", response_class=HTMLResponse)
async def form(context: CurrentContext, link: Annotated[str | None, Query(max_length=200)] = None) -> Response:
    """The form; or, with a link that was made for it, straight to the page."""
    if link is None:
        return _shown(context, SignInForm())
    async with context.store.write() as writing:
        row = await sessions.find_session(writing, "link", digest(link))
        first = (
            row is not None
            and row.holds(context.clock())
            and await sessions.use(writing, row.token_hash, context.clock())
        )
        if row is None or not first:
            return _shown(context, SignInForm("This link was used, or is over."), 401)
        cookie = await signing_in.begin_session(writing, context, "cookie", row.client_id, row.holder)
    return with_cookie(context, cookie)


@router.post("/sign-in", response_class=HTMLResponse)
async def enter(request: Request, context: CurrentContext) -> Response:
    """A cookie, and to the page; or the form again, which does not tell whether there is such a user."""
    if not _same_origin(request):
        return _shown(context, SignInForm("Sign in from this page."), 403)
    asked = SignInForm()
    try:
        said = await read_form(request, PageForm)
        asked = SignInForm(client=said.client, email=said.email)
        return await _enter(context, said, address_of(request))
    except (InvalidGrantError, UnauthorizedError):
        return _shown(context, _with(asked, WRONG), 401)
    except TooManyRequestsError as error:
        return _shown(context, _with(asked, f"{error}."), 429, {"Retry-After": str(error.retry_after_seconds)})
    except RequestValidationError:
        return _shown(
            context, _with(asked, f"Something is missing, or a new password is shorter than {SHORTEST}."), 422
        )


@router.post("/sign-out")
async def leave(request: Request, context: CurrentContext) -> Response:
    """The cookie serves no more, wherever a copy of it is."""
    cookie = request.cookies.get(COOKIE)
    if cookie and _same_origin(request):
        await signing_in.revoke(context, cookie)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer


async def _enter(context: Context, said: PageForm, address: str) -> Response:
    if said.key:
        key = await by_key(context, said.key)
        async with context.store.write() as writing:
            cookie = await signing_in.begin_session(writing, context, "cookie", key.client_id, f"key:{key.key_id}")
            principal = key_principal(key, address)
            await record(writing, context, principal, "sign_in.succeed", f"key:{key.key_id}")
        return with_cookie(context, cookie)
    asked = signing_in.SignIn(said.client or DEFAULT_CLIENT, said.email, said.password, address)
    row = await signing_in.by_password(context, asked, new_password=said.new_password)
    if row.must_change:
        return _shown(context, SignInForm(CHOOSE, said.client, said.email, wants_new_password=True), 403)
    return await open_page(context, row.client_id, f"user:{row.user_id}")


async def open_page(context: Context, client_id: str, holder: str) -> Response:
    """To the page, as somebody who has just signed in."""
    async with context.store.write() as writing:
        return with_cookie(context, await signing_in.begin_session(writing, context, "cookie", client_id, holder))


def with_cookie(context: Context, cookie: str) -> Response:
    """To the page. No script reads the cookie, and no other site makes use of it: it goes with GET alone."""
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=int(signing_in.AT_THE_PAGE.total_seconds()),
        secure=context.settings.public_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )
    return answer


def _shown(
    context: Context, asked: SignInForm, status: int = 200, headers: dict[str, str] | None = None
) -> HTMLResponse:
    return HTMLResponse(
        render(_with(asked, asked.message, provider=bool(context.settings.oidc_issuer))), status, headers
    )


def _with(asked: SignInForm, message: str, *, provider: bool = False) -> SignInForm:
    return SignInForm(message, asked.client, asked.email, asked.wants_new_password, provider)


def _same_origin(request: Request) -> bool:
    """Browsers say from which page a form is sent; programs say nothing."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
