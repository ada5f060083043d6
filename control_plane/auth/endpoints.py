"""/api/v1/auth."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from control_plane.auth import signing_in
from control_plane.auth.answer import TokenAnswer
from control_plane.auth.identify import address_of
from control_plane.auth.request import RevokeRequest, TokenRequest, described, read_form
from control_plane.context import CurrentContext

router = APIRouter(prefix="/auth", tags=["signing in"])

NO_STORE: Final = "no-store"
REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "The user, the password or the token is wrong, over or revoked."},
    415: {"description": "The body is no form."},
    429: {"description": "Too many failed sign-ins; `Retry-After` tells when to try again."},
}


@router.post("/token", summary="Sign in, or refresh", responses=REFUSED, openapi_extra=described(TokenRequest))
async def token(request: Request, response: Response, context: CurrentContext) -> TokenAnswer:
    """OAuth 2.0, grants `password` and `refresh_token`. A refresh token serves once: sent again it ends its family."""
    asked, address = await read_form(request, TokenRequest), address_of(request)
    response.headers["Cache-Control"] = NO_STORE
    if asked.grant_type == "refresh_token":
        return await signing_in.refresh(context, asked.refresh_token, address)
    said = signing_in.SignIn(asked.client, asked.username, asked.password, address)
    return await signing_in.tokens_for(context, await signing_in.by_password(context, said))


@router.post(
    "/revoke",
    status_code=204,
    summary="Sign out",
    responses={status: REFUSED[status] for status in (400, 415)},
    openapi_extra=described(RevokeRequest),
)
async def revoke(request: Request, context: CurrentContext) -> None:
    """Ends the family of a refresh token. One that is not known is answered alike (RFC 7009)."""
    await signing_in.revoke(context, (await read_form(request, RevokeRequest)).token)
