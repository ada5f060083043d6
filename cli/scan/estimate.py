"""``--estimate``: what a scan would call and what that costs. Nothing is called for it, not even the cloud's STS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cli.exits import ExitCode
from cli.text import screen_width, table, wrapped
from schemas.catalogue import ServiceEntry, check_provider

if TYPE_CHECKING:
    from cli.scan.request import Request

RESOURCES: Final = 1000
"""How many resources a region is reckoned with, for want of a look."""
QUERIES_PER_CALL: Final = {"aws": 500, "azure": 50, "gcp": 80}
"""GetMetricData takes 500 queries, getBatch 50 resources, a filter of ListTimeSeries the numbers of 80 instances."""
BY_RESOURCE: Final = frozenset({"azure"})
"""Where one call takes so many resources with all their metrics, not so many queries."""
PROOFS: Final = {"azure": 1}
"""Calls before each listing: Azure's provider is asked first whether one may list at all."""
PRICE_KEYS: Final = {"s3": "s3.requests:us-east-1:standard-get"}
"""The list price of one call, where the cloud charges for it and the packaged list knows it."""
UNKNOWN: Final = "price not in the packaged list"


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one service in one region with ``RESOURCES`` resources."""

    service: str
    listing: int
    enrich: int
    metric_queries: int
    queries_per_call: int

    @property
    def metric_calls(self) -> int:
        """Calls for series, each full."""
        return -(-self.metric_queries // self.queries_per_call)

    @property
    def total(self) -> int:
        """All calls."""
        return self.listing + self.enrich + self.metric_calls


def calls_of(provider: str, entry: ServiceEntry, *, metrics: bool) -> Calls:
    """From the numbers that the catalogue states for each resource."""
    queries = entry.metric_queries_per_resource
    counted = min(queries, 1) if provider in BY_RESOURCE else queries
    return Calls(
        service=entry.service,
        listing=(-(-RESOURCES // entry.page_size) if entry.page_size else 1) + PROOFS.get(provider, 0),
        enrich=RESOURCES * entry.calls_per_resource,
        metric_queries=RESOURCES * counted if metrics else 0,
        queries_per_call=QUERIES_PER_CALL[provider],
    )


def print_estimate(request: Request) -> int:
    """Print calls and price for each service, and how they were reckoned."""
    entry = check_provider(request.provider)
    metrics = bool({"performance", "waste"} & set(request.categories))
    rows = [["SERVICE", "LISTING", "ENRICH", "METRICS", "CALLS", "PRICE"]]
    for name in request.services:
        service = entry.service(name)
        calls = calls_of(request.provider, service, metrics=metrics)
        rows.append(
            [name, str(calls.listing), str(calls.enrich), str(calls.metric_calls), str(calls.total), _price(calls)]
        )
    per_call = QUERIES_PER_CALL[request.provider]
    regions = f"{len(request.regions)} regions" if request.regions else "every enabled region"
    notes = [
        f"Calls for {RESOURCES:,} resources of a service in one region; multiply by {regions}, global services once.",
        f"LISTING = resources / page size; ENRICH = resources x calls each; METRICS = queries / {per_call}.",
        f"Beside these once a scan: {', '.join(entry.operations)}. Nothing was called for this estimate.",
    ]
    width = screen_width()
    print("\n".join([*table(rows), "", *(line for note in notes for line in wrapped(note, width))]))
    return ExitCode.CLEAN


def known_price(services: Sequence[Calls]) -> str:
    """The price of the calls that the packaged list knows, and that there are others."""
    known = [f"{calls.service} {_requests_price(calls)}" for calls in services if calls.service in PRICE_KEYS]
    return f"{', '.join(known)}; other calls: {UNKNOWN}" if known else UNKNOWN


def _requests_price(calls: Calls) -> str | None:
    from scanners.core.prices import price_of

    price = price_of(PRICE_KEYS.get(calls.service, ""))
    return f"{price.price * (calls.listing + calls.enrich):.4f} {price.currency}" if price else None


def _price(calls: Calls) -> str:
    """What the packaged list knows; a call that it does not know is named, never counted as free."""
    from scanners.core.prices import price_of

    price = price_of(PRICE_KEYS.get(calls.service, ""))
    if price is None:
        return UNKNOWN
    known = f"{_requests_price(calls)} ({price.source_date}, us-east-1)"
    return f"{known}; metrics: {UNKNOWN}" if calls.metric_calls else known
