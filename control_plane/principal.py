"""Who asks. The client never comes from a body or a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends

from schemas.scan import DEFAULT_CLIENT

ANYBODY: Final = "anonymous"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who acts for one client."""

    client_id: str
    name: str = ANYBODY
    """Who it is, as decisions tell it."""


def current_principal() -> Principal:
    """The one fixed client, until there are accounts to sign in to."""
    return Principal(DEFAULT_CLIENT)


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]
