"""How busy NAT gateways and VPC endpoints are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zlib import crc32

from demo_cloud.loads.series import SAMPLES_AN_HOUR, Key, Series, Told, since, steady
from demo_cloud.planted.interfaces import Endpoint
from demo_cloud.world import Nat, Place


def series(place: Place, now: datetime) -> Told:
    """What goes through the network."""
    for nat in place.nats:
        yield from _nat_series(nat, since(now, nat.age))
    for endpoint in place.of(Endpoint):
        if endpoint.kind != "Gateway":
            yield _endpoint_series(place, endpoint, since(now, endpoint.age))


def _nat_series(nat: Nat, since: int) -> Iterator[tuple[Key, Series]]:
    seed, dimensions = crc32(nat.id.encode()), (("NatGatewayId", nat.id),)
    a_sample = nat.mb_a_day * 1e6 / 24 / SAMPLES_AN_HOUR
    for name, share in (("BytesOutToDestination", 1.0), ("BytesInFromDestination", 4.0)):
        yield ("AWS/NATGateway", name, dimensions), Series(steady(a_sample * share, seed, 10), since, "Bytes")
    connections = steady(40.0 if nat.mb_a_day else 0.0, seed, 10)
    yield ("AWS/NATGateway", "ActiveConnectionCount", dimensions), Series(connections, since, "Count")


def _endpoint_series(place: Place, endpoint: Endpoint, first: int) -> tuple[Key, Series]:
    dimensions = {
        "Endpoint Type": endpoint.kind,
        "Service Name": f"com.amazonaws.{place.region}.{endpoint.service}",
        "VPC Endpoint Id": endpoint.id,
        "VPC Id": place.vpc_id,
    }
    a_sample = endpoint.mb_a_day * 1e6 / 24 / SAMPLES_AN_HOUR
    hour = steady(a_sample, crc32(endpoint.id.encode()))
    return ("AWS/PrivateLinkEndpoints", "BytesProcessed", tuple(sorted(dimensions.items()))), Series(
        hour, first, "Bytes"
    )
