"""The servers of the demo's Google Cloud: gRPC for its APIs, HTTP for tokens and for what a test orders.

Every call needs a token, is counted, may be made to fail, and is refused without the permission that Google's
reference names for it. A method that is not here is unimplemented, as gRPC says it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import grpc
from google.cloud.asset_v1.types import ListAssetsRequest, ListAssetsResponse
from google.cloud.monitoring_v3.types import ListTimeSeriesRequest, ListTimeSeriesResponse

from demo_cloud.gcp.assets import Assets
from demo_cloud.gcp.refusal import Refusal
from demo_cloud.gcp.series import Metrics
from demo_cloud.gcp.tokens import principal_of
from demo_cloud.gcp.world import PROJECT, World
from schemas.demo import DEMO_HEADER

PERMISSIONS: Final = {
    "ListAssets": "cloudasset.assets.listResource",
    "ListTimeSeries": "monitoring.timeSeries.list",
}
THREADS: Final = 8


@dataclass
class Fault:
    """What the next ``times`` calls of a method come to; ``token`` restricts it to the page of that token."""

    method: str
    code: str
    message: str = "ordered by a test"
    reason: str = ""
    times: int = 1
    token: str | None = None
    retry_seconds: float = 0.0


@dataclass
class Control:
    """What was called, and what may be. Safe for threads."""

    calls: Counter[str] = field(default_factory=Counter)
    principals: set[str] = field(default_factory=set)
    quota_projects: set[str] = field(default_factory=set)
    """Those that calls said they count against."""
    faults: list[Fault] = field(default_factory=list)
    allowed: Sequence[str] | None = None
    """The only permissions that anybody has; None: all that are not denied."""
    denied: Sequence[str] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(self, method: str, token: str, page: str) -> None:
        """Count the call. Raises ``Refusal`` for a token that nobody has, a fault, a permission that is missing."""
        principal = principal_of(token)
        with self._lock:
            self.calls[method] += 1
            if principal is None:
                raise Refusal("UNAUTHENTICATED", "Request had invalid authentication credentials.")
            self.principals.add(principal)
            self._fail(method, page)
        permission = PERMISSIONS[method]
        if permission in self.denied or (self.allowed is not None and permission not in self.allowed):
            raise Refusal(
                "PERMISSION_DENIED",
                f"Permission '{permission}' denied on resource 'projects/{PROJECT}' (or it may not exist).",
                reason="IAM_PERMISSION_DENIED",
                metadata={"permission": permission},
            )

    def _fail(self, method: str, page: str) -> None:
        for fault in self.faults:
            if fault.method == method and fault.times != 0 and fault.token in (None, page):
                fault.times -= 1
                raise Refusal(fault.code, fault.message, reason=fault.reason, retry_seconds=fault.retry_seconds)


class Apis:
    """Cloud Asset Inventory and Cloud Monitoring of one world, on a port of 127.0.0.1."""

    def __init__(self, world: World, control: Control, *, port: int = 0, page_size: int = 100) -> None:
        """Raises ``RuntimeError`` when the port is taken."""
        self._control = control
        self._server = grpc.server(ThreadPoolExecutor(THREADS), options=(("grpc.so_reuseport", 0),))
        assets, metrics = Assets(world, page_size), Metrics(world, page_size)
        self._server.add_generic_rpc_handlers(
            (
                grpc.method_handlers_generic_handler(
                    "google.cloud.asset.v1.AssetService",
                    {"ListAssets": self._unary("ListAssets", assets.answer, ListAssetsRequest, ListAssetsResponse)},
                ),
                grpc.method_handlers_generic_handler(
                    "google.monitoring.v3.MetricService",
                    {
                        "ListTimeSeries": self._unary(
                            "ListTimeSeries", metrics.answer, ListTimeSeriesRequest, ListTimeSeriesResponse
                        )
                    },
                ),
            )
        )
        self.port: int = self._server.add_insecure_port(f"127.0.0.1:{port}")
        self._server.start()

    def stop(self) -> None:
        """End it, with the calls that still run."""
        self._server.stop(None).wait()

    def _unary(self, method: str, answer: Callable[[Any], Any], asked: Any, told: Any) -> Any:  # noqa: ANN401
        def handle(request: Any, context: Any) -> Any:  # noqa: ANN401 - grpc has no types
            context.send_initial_metadata(((DEMO_HEADER, "synthetic"),))
            sent = dict(context.invocation_metadata())
            given = sent.get("authorization", "")
            self._control.quota_projects.add(sent.get("x-goog-user-project", ""))
            try:
                self._control.admit(method, given.removeprefix("Bearer "), request.page_token)
                return answer(request)
            except Refusal as refusal:
                context.abort_with_status(refusal.status())

        return grpc.unary_unary_rpc_method_handler(
            handle, request_deserializer=asked.deserialize, response_serializer=told.serialize
        )
