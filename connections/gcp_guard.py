"""The read-only guard of Google Cloud: interceptors below every client, which refuse a call before it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import grpc.aio

from connections.raw import keep, keeps
from schemas.demo import DEMO_HEADER
from schemas.errors import ForbiddenOperationError
from schemas.gcp_operations import check_gcp_declaration, gcp_operation

if TYPE_CHECKING:
    from connections.gcp_signin import GcpSignIn


class GcpGuard:
    """Lets through what is declared, only reads, and returns neither content nor secrets."""

    def __init__(self, operations: frozenset[str]) -> None:
        self._operations = operations

    def check(self, method: str) -> None:
        """Look at a gRPC method. Raises ``ForbiddenOperationError``."""
        service, operation = gcp_operation(method)
        if f"{service}:{operation}" not in self._operations:
            raise ForbiddenOperationError(f"{service}:{operation} is declared by no scanner of this scan")
        check_gcp_declaration(service, operation)


class _Signed(grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[misc]  # grpc carries no types
    """Checks a call, then signs it; the order is the point: what is refused is never signed."""

    def __init__(self, guard: GcpGuard, sign_in: GcpSignIn, on_demo: Callable[[], None]) -> None:
        self._guard, self._sign_in, self._on_demo = guard, sign_in, on_demo

    async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:  # noqa: ANN401
        self._guard.check(_text(details.method))
        signature = await self._sign_in.headers()
        metadata = grpc.aio.Metadata(*(details.metadata or ()), *signature.items())
        call = await continuation(details._replace(metadata=metadata), request)
        if DEMO_HEADER in (await call.initial_metadata() or ()):
            self._on_demo()
        if keeps():
            await _keep(_text(details.method), request, call)
        return call


async def _keep(method: str, request: Any, call: Any) -> None:  # noqa: ANN401 - grpc has no types
    """The answer, or the refusal, for the audit log."""
    from google.api_core.exceptions import from_grpc_status
    from google.protobuf.json_format import MessageToDict

    status, told = 200, {}
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        status, told = from_grpc_status(error.code(), "").code or 500, {"error": error.details()}
    else:
        told = MessageToDict(type(answer).pb(answer))
    keep(":".join(gcp_operation(method)), "global", MessageToDict(type(request).pb(request)), int(status), told)


class _NoStreams:
    """Streams are read by no scanner, and would pass an interceptor of single calls unseen."""

    async def _refuse(self, continuation: Any, details: Any, request: Any) -> Any:  # noqa: ANN401, ARG002
        service, operation = gcp_operation(_text(details.method))
        raise ForbiddenOperationError(f"{service}:{operation} is a stream, which no scanner needs")


class _NoAnswerStream(_NoStreams, grpc.aio.UnaryStreamClientInterceptor):  # type: ignore[misc]
    intercept_unary_stream = _NoStreams._refuse  # noqa: SLF001 - its own base


class _NoRequestStream(_NoStreams, grpc.aio.StreamUnaryClientInterceptor):  # type: ignore[misc]
    intercept_stream_unary = _NoStreams._refuse  # noqa: SLF001


class _NoStream(_NoStreams, grpc.aio.StreamStreamClientInterceptor):  # type: ignore[misc]
    intercept_stream_stream = _NoStreams._refuse  # noqa: SLF001


def interceptors(guard: GcpGuard, sign_in: GcpSignIn, on_demo: Callable[[], None]) -> list[Any]:
    """What every channel is made with."""
    return [_Signed(guard, sign_in, on_demo), _NoAnswerStream(), _NoRequestStream(), _NoStream()]


def _text(method: str | bytes) -> str:
    return method.decode() if isinstance(method, bytes) else method
