"""How a scan is cut: regional API families times regions, and one task for each global family."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from scanners.core.registry import scanners
from schemas.scan import Discovery, PlannedTask


def plan(
    provider: str, services: Sequence[str], regions: Sequence[str] | None, discovery: Discovery
) -> list[PlannedTask]:
    """The tasks of a scan, in a stable order.

    Regions that were asked for and are not enabled get no task: the coverage of the discover task names them.
    """
    known = scanners(provider)
    chosen = [known[service] for service in sorted(services)]
    enabled = [r for r in discovery.regions if regions is None or r in regions]
    home: str = importlib.import_module(f"scanners.{provider}").home_region(discovery.partition)
    families = {(scanner.family, scanner.is_global) for scanner in chosen}
    return [
        PlannedTask(
            family=family,
            region=region,
            services=tuple(s.service for s in chosen if (s.family, s.is_global) == (family, is_global)),
        )
        for family, is_global in sorted(families)
        for region in ([home] if is_global else enabled)
    ]
