"""The topics of the events: one for all clients, or one for each."""

from __future__ import annotations

from data_plane.backbone import Backbone
from schemas.topics import CLIENT, events_topic
from stores import scans

LOOK_SECONDS = 2.0
"""How often is looked for clients that are new."""


async def client_topic(backbone: Backbone, client_id: str) -> str:
    """Where the events of a client go; it is there. Raises ``BusError``."""
    template = backbone.settings.events_topic
    topic = events_topic(template, client_id)
    if CLIENT in template:
        await backbone.bus.start([topic])
    return topic


async def all_topics(backbone: Backbone) -> tuple[str, ...]:
    """Every topic that events may stand on: of all clients that ever asked for a scan."""
    template = backbone.settings.events_topic
    if CLIENT not in template:
        return (template,)
    async with backbone.store.read() as reading:
        clients = await scans.clients(reading)
    return tuple(events_topic(template, client) for client in clients)
