"""/api/v1/auth/oidc."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from control_plane.auth import oidc, signing_in
from control_plane.auth.answer import TokenAnswer
from control_plane.auth.identify import address_of
from control_plane.auth.request import CLIENT
from control_plane.context import CurrentContext
from control_plane.overview.sign_in import open_page
from schemas.scan import DEFAULT_CLIENT

router = APIRouter(prefix="/auth/oidc", tags=["signing in"])

COOKIE: Final = "sentinel_oidc"
NO_PROVIDER: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "The sign-in is over, was begun elsewhere, or names nobody who may come in."},
    404: {"description": "There is no provider (`SENTINEL_OIDC_ISSUER`)."},
    501: {"description": "The extra `oidc` is not installed."},
}
Text = Annotated[str, Query(max_length=4096)]


@router.get(
    "/start", status_code=303, summary="Sign in at the provider", response_class=Response, responses=NO_PROVIDER
)
async def start(
    context: CurrentContext,
    client: Annotated[str, Query(pattern=CLIENT, description="At which client.")] = DEFAULT_CLIENT,
    page: Annotated[bool, Query(description="To the page, instead of to tokens.")] = False,
) -> Response:
    """For a browser: OpenID Connect, authorization code with PKCE."""
    begun = await oidc.begin(context, client, page=page)
    answer = RedirectResponse(begun.url, 303)
    answer.set_cookie(
        COOKIE,
        begun.state,
        max_age=int(oidc.PATIENCE.total_seconds()),
        path="/api/v1/auth/oidc",
        secure=context.settings.public_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/callback", summary="Back from the provider", response_model=TokenAnswer, responses=NO_PROVIDER)
async def callback(
    request: Request, context: CurrentContext, code: Text = "", state: Text = ""
) -> TokenAnswer | Response:
    """Tokens, as `POST /api/v1/auth/token` gives them; or to the page. Whoever comes must be a user of the client."""
    kept = request.cookies.get(COOKIE, "")
    arrived = await oidc.finish(context, code, state, kept, address_of(request))
    if arrived.page:
        return await open_page(context, arrived.row.client_id, f"user:{arrived.row.user_id}")
    return await signing_in.tokens_for(context, arrived.row)
