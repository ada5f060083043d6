"""The event: CloudEvents 1.0, one fact each, and its 2CBP form."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from schemas.cost import DailyCost

CONTENT_TYPE: Final = "application/cloudevents+json"
MAX_EVENT_BYTES: Final = 64 * 1024  # CloudEvents 1.0: intermediaries must forward 64 KiB, so nothing larger is sent.
SCHEMA_PATH: Final = "/api/v1/schemas"
SCHEMA_SCHEME: Final = "cloud-sentinel"
"""CloudEvents wants an absolute URI. This one names no host: what follows the scheme is the path at any API."""
SCHEMA_VERSIONS: Final = (1,)
"""The versions that event types have. An incompatible change adds one; both are emitted for one release."""

Category = Literal["metadata", "performance", "cost", "waste", "security", "scan"]
CATEGORIES: Final[tuple[Category, ...]] = ("metadata", "performance", "cost", "waste", "security")
"""What a request may select. ``scan`` events (coverage) are always emitted."""

Value = str | int | float | bool | list[Any] | dict[str, Any] | None


class Data(msgspec.Struct, frozen=True, omit_defaults=False):
    """The fact itself. ``statistic``, ``window`` and ``samples`` stand on performance values only."""

    value: Value
    unit: str | None = None
    statistic: str | msgspec.UnsetType = msgspec.UNSET
    window: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    samples: int | msgspec.UnsetType = msgspec.UNSET
    price: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    """On cost values: the price keys, source and date that the amount was computed from."""
    cost: DailyCost | msgspec.UnsetType = msgspec.UNSET
    """On the daily costs of bills: the key and the other measures of the row."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One fact in the structured JSON form of CloudEvents 1.0. ``(source, id)`` is its identity."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    clientid: str
    scanid: str
    taskid: str
    attempt: int
    asof: datetime
    provider: str
    accountid: str
    region: str
    resourcetype: str
    partitionkey: str
    data: Data
    demo: bool = False
    dataschema: str = ""
    datacontenttype: str = "application/json"
    specversion: str = "1.0"

    @property
    def category(self) -> str:
        """The second part of the type."""
        return self.type.split(".", 2)[1]

    @property
    def service(self) -> str:
        """The third part of the type: the short name that people use."""
        return self.type.split(".", 3)[2]


def event_id(scan_id: str, subject: str, event_type: str, qualifier: str = "") -> str:
    """The deterministic id: the same fact of the same scan has the same id in every attempt (32 hex digits)."""
    text = "\x1f".join((scan_id, subject, event_type, qualifier))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def source_of(provider: str, account_id: str) -> str:
    """The CloudEvents source of one account."""
    return f"/cloud-sentinel/{provider}/{account_id}"


def schema_of(event_type: str, version: int = 1) -> str:
    """The URI of the JSON Schema of an event type: absolute, and without a host."""
    return f"{SCHEMA_SCHEME}:{schema_path(event_type, version)}"


def schema_path(event_type: str, version: int = 1) -> str:
    """Where the API serves the JSON Schema of an event type."""
    return f"{SCHEMA_PATH}/{event_type}/v{version}"


def _encode_other(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    raise NotImplementedError(f"cannot encode {type(value).__name__}")


_ENCODER = msgspec.json.Encoder(enc_hook=_encode_other, decimal_format="string")
_DECODER = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """The structured JSON form, as it goes on the bus."""
    return _ENCODER.encode(event)


def decode(body: bytes | str) -> Event:
    """Read the structured form. Raises ``msgspec.ValidationError`` or ``msgspec.DecodeError``."""
    return _DECODER.decode(body)


def decode_binary(headers: Mapping[str, str], body: bytes) -> Event:
    """Read the binary form: attributes as ``ce_`` headers, the data alone as body. Raises as ``decode`` does."""
    told: dict[str, Any] = {name[3:]: text for name, text in headers.items() if name.startswith("ce_")}
    told["datacontenttype"] = headers.get("content-type", "application/json")
    attributes = msgspec.convert({**told, "data": {"value": None}}, Event, strict=False)
    return msgspec.structs.replace(attributes, data=msgspec.json.decode(body, type=Data))


_PARIS = ZoneInfo("Europe/Paris")


class TwoCbp(msgspec.Struct, frozen=True):
    """The 2CBP form, a pure function of the event."""

    client_id: str
    timestamp: str
    resource_id: str
    metric_type: str
    metric_value: Value


def to_2cbp(event: Event) -> TwoCbp:
    """2CBP: the time in Europe/Paris, the type as metric type, the value as it is."""
    return TwoCbp(
        client_id=event.clientid,
        timestamp=event.time.astimezone(_PARIS).isoformat(timespec="milliseconds"),
        resource_id=event.subject,
        metric_type=event.type,
        metric_value=event.data.value,
    )


def encode_2cbp(event: Event) -> bytes:
    """The 2CBP form as JSON."""
    return _ENCODER.encode(to_2cbp(event))


def utc_now() -> datetime:
    """The wall clock, aware and in UTC. Everything that needs a clock takes a function like this one."""
    return datetime.now(UTC)
