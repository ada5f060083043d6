"""Who asks, and whether they may. The client never comes from a body or a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Security
from fastapi.security import SecurityScopes

from control_plane.errors import ForbiddenError
from control_plane.permissions import ROLES, Role, Scope
from schemas.scan import DEFAULT_CLIENT

ANYBODY: Final = "anonymous"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who acts for one client."""

    client_id: str
    name: str = ANYBODY
    """Who it is, as decisions and the audit log tell it."""
    role: Role = "admin"
    scopes: frozenset[Scope] = ROLES["admin"]


def current_principal() -> Principal:
    """The one fixed client, until there are accounts to sign in to."""
    return Principal(DEFAULT_CLIENT)


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]
"""Whoever asks, whatever they may."""


def _permitted(asked: SecurityScopes, principal: CurrentPrincipal) -> Principal:
    missing = sorted(set(asked.scopes) - principal.scopes)
    if missing:
        raise ForbiddenError(missing[0], principal.role)
    return principal


def needs(scope: Scope) -> Any:  # noqa: ANN401 - what FastAPI's own parameter functions say
    """The scope that an endpoint declares; without it the answer is 403.

    For example ``principal: Annotated[Principal, needs("findings:read")]``.
    """
    return Security(_permitted, scopes=[scope])
