"""What the work of one task cost: time, calls and their price, throttles, by service. Whose turn it is, pays."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from scanners.core.prices import price_of
from schemas.scan import ServiceMeasure

PRICED: Final = {"s3": ("s3.requests:{region}:standard-put", "s3.requests:{region}:standard-get")}
"""The price keys of APIs that charge by the request: of lists, and of all other reads."""


@dataclass
class Cost:
    """The cost of one service so far."""

    seconds: float = 0.0
    events: int = 0
    throttles: int = 0
    cache_hits: int = 0
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By operation, and the region that was asked: prices are a region's."""


@dataclass
class Measures:
    """The costs of one task. Calls outside of any turn (who are we, which regions) belong to no service."""

    costs: dict[str, Cost] = field(default_factory=dict)
    _turn: str | None = None

    @contextmanager
    def turn(self, service: str) -> Iterator[None]:
        """What is called and told meanwhile is this service's."""
        clock, before = asyncio.get_running_loop().time, self._turn
        began, self._turn = clock(), service
        cost = self.costs.setdefault(service, Cost())
        try:
            yield
        finally:
            cost.seconds += clock() - began
            self._turn = before

    @property
    def now(self) -> Cost:
        """The cost of whose turn it is."""
        return self.costs.get(self._turn, Cost()) if self._turn is not None else Cost()

    def report(self, region: str, resources: Mapping[str, int]) -> tuple[ServiceMeasure, ...]:
        """One of these for each service."""
        return tuple(_measure(service, region, resources.get(service, 0), cost) for service, cost in self.costs.items())


def _measure(service: str, region: str, resources: int, cost: Cost) -> ServiceMeasure:
    calls: Counter[str] = Counter()
    prices: dict[str, Decimal] = {}
    unpriced = 0
    for (operation, where), count in sorted(cost.calls.items()):
        calls[operation] += count
        price = call_price(operation, where)
        if price is None:
            unpriced += count
        else:
            prices[operation] = prices.get(operation, Decimal(0)) + price * count
    return ServiceMeasure(
        service=service,
        region=region,
        seconds=round(cost.seconds, 3),
        resources=resources,
        events=cost.events,
        calls=dict(calls),
        prices={operation: f"{price:f}" for operation, price in prices.items()},
        unpriced=unpriced,
        throttles=cost.throttles,
        cache_hits=cost.cache_hits,
    )


def call_price(operation: str, region: str) -> Decimal | None:
    """The list price of one call in USD; None where the packaged list has none: unknown, not free."""
    api, _, name = operation.partition(":")
    if api not in PRICED:
        return None
    price = price_of(PRICED[api][0 if name.startswith("List") else 1].format(region=region))
    return price.price if price and price.currency == "USD" else None
