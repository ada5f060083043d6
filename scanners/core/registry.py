"""Which scanners there are: the package of the provider is walked, and entry points add those of other packages."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Final

from scanners.core.scanner import CloudScanner

ENTRY_POINTS: Final = "cloud_sentinel.scanners"
EVERY: Final = "@all"


@cache
def scanners(provider: str) -> Mapping[str, type[CloudScanner[Any]]]:
    """The scanners of a provider by service, in the order of the names. Empty for a provider that has none."""
    try:
        package = importlib.import_module(f"scanners.{provider}")
    except ModuleNotFoundError:
        return {}
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"scanners.{provider}.{module.name}")
    for point in entry_points(group=ENTRY_POINTS):
        point.load()
    return dict(sorted(CloudScanner.known.get(provider, {}).items()))


def groups(provider: str) -> dict[str, tuple[str, ...]]:
    """``@storage`` and its like, with their services; ``@all`` has every service."""
    known = scanners(provider)
    names = sorted({group for scanner in known.values() for group in scanner.groups})
    chosen = {f"@{name}": tuple(s for s, scanner in known.items() if name in scanner.groups) for name in names}
    return {EVERY: tuple(known), **chosen}


def operations_of(provider: str, services: tuple[str, ...] | None) -> frozenset[str]:
    """The operations that a scan of these services (None: all) may call: what the read-only guard lets through."""
    known = scanners(provider)
    chosen = known.values() if services is None else [known[service] for service in services]
    always = importlib.import_module(f"scanners.{provider}").ALWAYS
    return frozenset(always).union(*(scanner.operations() for scanner in chosen))
