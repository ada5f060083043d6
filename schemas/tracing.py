"""Traces: one for each request, through the bus to the store. Costs nothing while ``SENTINEL_OTLP_ENDPOINT`` is empty.

A trace goes on where a message or a row carries ``traceparent`` (W3C Trace Context). Spans tell what was done for how
long, never what was read: no attribute holds a value of a cloud, a header or a body.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, format_trace_id

from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

    from schemas.settings import Settings

HEADER: Final = "traceparent"
"""Of messages on the bus."""

_tracer = trace.get_tracer("cloud-sentinel")

Attributes = Mapping[str, str | int]


def configure_tracing(settings: Settings, role: str) -> Callable[[], None]:
    """Send spans to the collector of the settings; the returned function sends the last ones, and waits for it.

    Raises ``InvalidInputError`` when the extra is not installed or the address can never be one.
    """
    endpoint = settings.otlp_endpoint
    if not endpoint:
        return lambda: None
    if not endpoint.startswith(("http://", "https://")):
        raise InvalidInputError("SENTINEL_OTLP_ENDPOINT", endpoint, "allowed: http://host:port or https://host:port")
    if importlib.util.find_spec("opentelemetry.sdk") is None:
        lack = "traces need the SDK of OpenTelemetry: install cloud-sentinel[otel]"
        raise InvalidInputError("SENTINEL_OTLP_ENDPOINT", endpoint, lack)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": "cloud-sentinel", "service.instance.id": role})
    provider = TracerProvider(resource=resource)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=5)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider.shutdown


def traceparent() -> str | None:
    """Of the span that we are in; None outside of one."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get(HEADER)


def headers() -> dict[str, str]:
    """What a message carries, so that its reader goes on with the trace that we are in."""
    told = traceparent()
    return {HEADER: told} if told else {}


@contextmanager
def span(name: str, parent: str | None, attributes: Attributes, *, sending: bool = False) -> Iterator[None]:
    """A step of the trace that ``parent`` tells. Without one nothing is told: no trace begins in the middle."""
    if parent is None:
        yield
        return
    kind = SpanKind.PRODUCER if sending else SpanKind.CONSUMER
    with _tracer.start_as_current_span(name, _context(parent), kind=kind, attributes=dict(attributes)):
        yield


def _context(parent: str) -> Context:
    return propagate.extract({HEADER: parent})


def add_trace_id(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """For structlog: the trace that a line belongs to."""
    found = trace.get_current_span().get_span_context()
    if found.is_valid:
        line["trace_id"] = format_trace_id(found.trace_id)
    return line
