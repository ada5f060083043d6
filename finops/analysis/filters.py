"""Filters of costs, as people give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from stores.costs import TAG, CostFilter


def cost_filter(
    client_id: str, since: date, until: date, values: Mapping[str, Sequence[str]], tags: Sequence[str] = ()
) -> CostFilter:
    """The days, values by dimension, and tags as ``NAME=VALUE``: several values of one tag mean any of them."""
    told: dict[str, list[str]] = {name: list(each) for name, each in values.items()}
    for tag in tags:
        name, _, value = tag.partition("=")
        told.setdefault(f"{TAG}{name}", []).append(value)
    return CostFilter(client_id=client_id, since=since, until=until, values=told)
