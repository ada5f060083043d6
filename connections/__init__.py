"""The factory of connections: a scan's way into its account, read-only by a guard below every client."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from connections.sources import describe_sources
from schemas.errors import InvalidInputError, NoAccess, SentinelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from connections.connection import Connection
    from schemas.scan import ScanSpec
    from schemas.sealing import Secret
    from schemas.settings import Settings

PROVIDERS: Final = frozenset({"aws", "azure", "gcp"})
"""Each is a module of this package with a function ``connect``."""
__all__ = ["connect", "describe_sources"]


def connect(
    spec: ScanSpec, *, operations: frozenset[str], settings: Settings, secret: Secret | None = None
) -> Connection:
    """A connection that lets only the declared ``operations`` through (``service:Operation``). Asks no network.

    ``secret`` is that of a stored account, where its mode has one; it stays in memory.

    Raises ``NoAccess`` for what cannot be had from this machine, ``InvalidInputError`` for what cannot be.
    """
    if spec.provider not in PROVIDERS:
        raise InvalidInputError("provider", spec.provider, f"allowed: {', '.join(sorted(PROVIDERS))}")
    try:
        module = importlib.import_module(f"connections.{spec.provider}")
    except ModuleNotFoundError as error:
        raise _not_installed(spec.provider, error) from error
    connecting: Callable[..., Connection] = module.connect
    return connecting(spec, operations=operations, settings=settings, secret=secret)


def _not_installed(provider: str, error: ModuleNotFoundError) -> SentinelError:
    """The SDK of a provider is an extra. Anything else that is not there is an error of ours."""
    if (error.name or "").partition(".")[0] in {"connections", "schemas"}:
        raise error
    reason = f"the SDK of {provider} is not installed ({error.name}): pip install 'cloud-sentinel[{provider}]'"
    return NoAccess(reason, code="NotInstalled")
