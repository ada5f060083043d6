"""A connection to one Google Cloud project: guarded gRPC clients over channels of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import grpc.aio

from connections.gcp_credentials import gcp_credentials
from connections.gcp_guard import GcpGuard, interceptors
from connections.gcp_signin import GcpSignIn
from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.scan import ScanSpec
    from schemas.sealing import Secret
    from schemas.settings import Settings

HOSTS: Final = {"cloudasset": "cloudasset.googleapis.com:443", "monitoring": "monitoring.googleapis.com:443"}
LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})
OPTIONS: Final = (
    ("grpc.max_receive_message_length", -1),  # a page of a thousand assets is more than gRPC's 4 MB
    ("grpc.keepalive_time_ms", 60_000),
)


class GcpConnection:
    """Clients of one project, cached by service. Of one event loop: gRPC's channels belong to theirs."""

    def __init__(
        self,
        spec: ScanSpec,
        *,
        operations: frozenset[str],
        endpoint: str,
        seconds: float,
        find: Callable[[Any], Any] | None = None,
    ) -> None:
        self.demo = spec.demo
        self._endpoint = endpoint
        self._guard, self._sign_in = GcpGuard(operations), GcpSignIn(spec, seconds, find)
        self._clients: dict[str, Any] = {}
        self._channels: list[Any] = []

    async def identity(self) -> tuple[str, str]:
        """The project that is looked at, and who we are. May read files and ask the metadata server.

        Raises ``NoAccess`` without credentials or without a project, ``Unreachable`` when that takes too long.
        """
        return await self._sign_in.identity()

    def client(self, service: str, region: str) -> Any:  # noqa: ANN401, ARG002 - one client for all regions
        """The SDK's asynchronous client of a service. Asks no network; to be called in the event loop."""
        if service not in self._clients:
            self._clients[service] = _client(service, self._channel(service))
        return self._clients[service]

    async def close(self) -> None:
        """Close the channels; what still waits is cancelled."""
        for channel in self._channels:
            await channel.close()
        self._channels.clear()
        self._clients.clear()

    def _channel(self, service: str) -> Any:  # noqa: ANN401
        hooks = interceptors(self._guard, self._sign_in, self._mark_demo)
        if self._endpoint:
            address, secure = target_of(self._endpoint)
        else:
            address, secure = HOSTS[service], True
        local = address.rpartition(":")[0].strip("[]") in LOCAL
        options = (*OPTIONS, ("grpc.enable_http_proxy", 0)) if local else OPTIONS
        channel = (
            grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(), options=options, interceptors=hooks)
            if secure
            else grpc.aio.insecure_channel(address, options=options, interceptors=hooks)
        )
        self._channels.append(channel)
        return channel

    def _mark_demo(self) -> None:
        self.demo = True


def connect(
    spec: ScanSpec, *, operations: frozenset[str], settings: Settings, secret: Secret | None = None
) -> GcpConnection:
    """A connection as the scan's mode wants it. Asks no network. Raises ``InvalidInputError`` or ``NoAccess``."""
    if spec.demo and not settings.gcp_endpoint:
        raise InvalidInputError("SENTINEL_GCP_ENDPOINT", "", "mode demo needs the address of the demo cloud")
    if settings.gcp_endpoint:
        target_of(settings.gcp_endpoint)
    find = gcp_credentials(spec.connection, secret, settings)
    return GcpConnection(
        spec, operations=operations, endpoint=settings.gcp_endpoint, seconds=settings.call_seconds, find=find
    )


def target_of(endpoint: str) -> tuple[str, bool]:
    """The gRPC target of ``http(s)://host[:port]``, and whether it speaks TLS. Raises ``InvalidInputError``."""
    try:
        parts = urlsplit(endpoint)
        usual = {"http": 80, "https": 443}[parts.scheme]
        port = parts.port or usual
    except (ValueError, KeyError):
        parts, port = urlsplit(""), 0
    if not parts.hostname:
        raise InvalidInputError("SENTINEL_GCP_ENDPOINT", endpoint, "http://host:port or https://host:port")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{port}", parts.scheme == "https"


def _client(service: str, channel: Any) -> Any:  # noqa: ANN401
    if service == "cloudasset":
        from google.cloud.asset_v1.services.asset_service import AssetServiceAsyncClient
        from google.cloud.asset_v1.services.asset_service.transports import AssetServiceGrpcAsyncIOTransport

        return AssetServiceAsyncClient(transport=AssetServiceGrpcAsyncIOTransport(channel=channel))
    from google.cloud.monitoring_v3.services.metric_service import MetricServiceAsyncClient
    from google.cloud.monitoring_v3.services.metric_service.transports import MetricServiceGrpcAsyncIOTransport

    return MetricServiceAsyncClient(transport=MetricServiceGrpcAsyncIOTransport(channel=channel))
