"""What every service stands on: settings, store, clock and where scan ids come from."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import HTTPConnection

from control_plane.auth.access_tokens import TokenKeys
from control_plane.limits import RequestLimits
from schemas.event import utc_now
from schemas.exposition import Condition
from schemas.settings import Settings
from stores import Store

Clock = Callable[[], datetime]
ScanIds = Callable[[int], str]
"""The id that a scan would get; the argument is its ordinal in the store, which only repeatable ids look at."""

_SEEDED: Final = uuid.UUID("6f0c6a52-6c6a-5d0e-9f5b-6f1f7a2d9c11")


@dataclass(frozen=True, slots=True)
class Context:
    """Shared by all requests of one process."""

    settings: Settings
    store: Store
    scan_id: ScanIds
    token_keys: TokenKeys
    limits: RequestLimits
    clock: Clock = utc_now
    condition: Condition = field(default_factory=Condition)


def scan_ids(seed: str) -> ScanIds:
    """Random ids, or with a seed the same ids in the same order for every empty store."""
    if not seed:
        return lambda _: str(uuid.uuid4())
    return lambda ordinal: str(uuid.uuid5(_SEEDED, f"{seed}/{ordinal}"))


def context_of(connection: HTTPConnection) -> Context:
    """That of the application."""
    context = connection.app.state.context
    assert isinstance(context, Context)
    return context


CurrentContext = Annotated[Context, Depends(context_of)]
