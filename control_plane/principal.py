"""Who asks, and whether they may. The client never comes from a body or a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Security
from fastapi.openapi.models import OAuth2, OAuthFlowPassword, OAuthFlows
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from control_plane.errors import ForbiddenError
from control_plane.permissions import ROLES, SCOPES, Role, Scope

ANYBODY: Final = "anonymous"
TOKEN_PATH: Final = "/api/v1/auth/token"  # noqa: S105 - a path


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who acts for one client."""

    client_id: str
    name: str = ANYBODY
    """Who it is, as decisions and the audit log tell it: an e-mail address, or ``key`` and the name of a key."""
    role: Role | None = "admin"
    """None: a key, which has scopes of its own."""
    scopes: frozenset[Scope] = ROLES["admin"]
    holder: str = ""
    """``user:`` or ``key:`` and the id."""
    address: str = ""
    """From where."""
    must_change: bool = False
    """Nothing is allowed but to choose another password."""


class _Bearer(SecurityBase):
    """How the description tells it: an access token or an API key."""

    scheme_name = "bearer"
    model = OAuth2(
        description="An access token of `POST /api/v1/auth/token`, or an API key (`csk_…`).",
        flows=OAuthFlows(
            password=OAuthFlowPassword(
                tokenUrl=TOKEN_PATH, refreshUrl=TOKEN_PATH, scopes={scope: scope for scope in SCOPES}
            )
        ),
    )

    async def __call__(self) -> None:
        """Nothing is read here: ``current_principal`` does."""


def current_principal(connection: HTTPConnection, _: Annotated[None, Depends(_Bearer())]) -> Principal:
    """Whom the gate let in. Fails for a path that stands open: nobody is known there."""
    principal = connection.state.principal
    assert isinstance(principal, Principal)
    return principal


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]
"""Whoever asks, whatever they may."""


def _permitted(asked: SecurityScopes, principal: CurrentPrincipal) -> Principal:
    missing = sorted(set(asked.scopes) - principal.scopes)
    if missing and principal.must_change:
        raise ForbiddenError("this password was given by somebody else: choose another (POST /api/v1/me/password)")
    if missing:
        raise ForbiddenError(f'this needs the scope "{missing[0]}", which {principal.name} does not have')
    return principal


def needs(scope: Scope) -> Any:  # noqa: ANN401 - what FastAPI's own parameter functions say
    """The scope that an endpoint declares; without it the answer is 403.

    For example ``principal: Annotated[Principal, needs("findings:read")]``.
    """
    return Security(_permitted, scopes=[scope])
