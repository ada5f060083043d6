"""Who asks. The client never comes from a body or a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from schemas.scan import DEFAULT_CLIENT


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who acts for one client."""

    client_id: str


def current_principal() -> Principal:
    """The one fixed client, until there are accounts to sign in to."""
    return Principal(DEFAULT_CLIENT)


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]
