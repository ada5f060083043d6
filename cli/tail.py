"""``sentinel events tail``: the events on the bus as they pass, for a person or for ``jq``."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, cast

from cli import names
from cli.configuration import load_settings, make_home
from cli.exits import CommandError, ExitCode
from cli.scan.request import FORMS, Form

if TYPE_CHECKING:
    from bus import Bus


def follow(event_type: str | None, output_format: str, client: str | None, *, from_start: bool) -> int:
    """Print the events until Ctrl-C. Raises ``CommandError`` when the bus is not there."""
    form = cast("Form", names.choice("--format", output_format, FORMS))
    names.event_type(event_type)
    settings = load_settings()
    if not settings.bus:
        make_home(settings)
    from bus import BusError, bus_of
    from schemas.scan import DEFAULT_CLIENT
    from schemas.topics import check_events_topic, events_topic

    check_events_topic(settings.events_topic)
    topic = events_topic(settings.events_topic, client or DEFAULT_CLIENT)
    bus = bus_of(settings)
    try:
        asyncio.run(_follow(bus, topic, event_type, form, from_start=from_start))
    except BusError as error:
        raise CommandError(ExitCode.NO_ACCESS, f"bus {settings.bus_url}: {error}") from error
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    return ExitCode.CLEAN


async def _follow(bus: Bus, topic: str, event_type: str | None, form: Form, *, from_start: bool) -> None:
    await bus.start([topic])
    try:
        consumer = await bus.subscribe([topic], None, from_start=from_start)
        try:
            while True:
                for message in await consumer.fetch():
                    _print(message.value, event_type, form)
                sys.stdout.flush()
        finally:
            await consumer.close()
    finally:
        await bus.close()


def _print(body: bytes, event_type: str | None, form: Form) -> None:
    import msgspec

    from schemas.event import decode, encode_2cbp

    try:
        event = decode(body)
    except msgspec.MsgspecError as error:
        print(f"sentinel: not an event: {error}", file=sys.stderr)
        return
    if matches(event.type, event_type):
        sys.stdout.buffer.write((body if form == "cloudevents" else encode_2cbp(event)) + b"\n")


def matches(event_type: str, wanted: str | None) -> bool:
    """Exactly, or as a beginning when ``wanted`` ends with ``*``."""
    if wanted is None:
        return True
    return event_type.startswith(wanted[:-1]) if wanted.endswith("*") else event_type == wanted
