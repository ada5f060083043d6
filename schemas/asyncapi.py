"""The AsyncAPI 3.0 document: the topics as channels, every event type as a message. For subscribers and generators."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import yaml

from schemas import topics
from schemas.catalogue import event_types
from schemas.event import CONTENT_TYPE, SCHEMA_VERSIONS
from schemas.families import FAMILIES
from schemas.json_schemas import definitions, family_schema, type_schema

Node = dict[str, Any]
SCHEMAS: Final = "#/components/schemas/"
JSON: Final = "application/json"
KAFKA_BINDING: Final = "0.5.0"
ABOUT: Final = """
Every fact that Cloud Sentinel learns is one CloudEvents 1.0 event in structured JSON on `sentinel.events`, keyed by
resource id: the facts of one resource arrive in order. Delivery is at least once; (source, id) is the identity of an
event, so the first of an id is the fact. Ignore attributes and fields that you do not know: within a version fields
are added, and never removed, renamed, retyped or newly required.
"""


@dataclass(frozen=True, slots=True)
class Topic:
    """What stands on one topic, what its key is, and which of our own groups read it."""

    channel: str
    meaning: str
    key: str
    messages: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


TOPICS: Final = {
    topics.SCANS: Topic(
        "scans",
        "A scan, or another job, was accepted.",
        "scan id, job id",
        ("ScanMessage", "JobMessage"),
        ("planner", "jobs"),
    ),
    topics.TASKS: Topic("tasks", "A task may be claimed.", "account id/region", ("TaskMessage",), ("workers",)),
    topics.EVENTS: Topic("events", "Every fact, finding and coverage gap.", "resource id", (), ("store",)),
    topics.PROGRESS: Topic("progress", "What happened to a scan, in order.", "scan id", ("ProgressMessage",)),
    topics.DEAD_LETTERS: Topic(
        "deadLetters",
        "What could not be read or stored, and why.",
        "the key of the original",
        ("DeadLetter",),
        ("dead-letters",),
    ),
    topics.CHANGES: Topic(
        "changes",
        "What really changed: the event that tells it. Compacted; an empty message says that its key is gone.",
        "client id|resource id|event type, with #statistic or #rule behind it",
        ("Change",),
    ),
}


def document(version: str) -> Node:
    """The whole document; ``version`` is that of the product."""
    messages = {**_small_messages(), "Change": _change(), **_event_messages()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Cloud Sentinel",
            "version": version,
            "description": " ".join(ABOUT.split()),
            "license": {"name": "MIT"},
        },
        "defaultContentType": JSON,
        "servers": {"kafka": _server()},
        "channels": {topic.channel: _channel(address, topic, messages) for address, topic in TOPICS.items()},
        "operations": {name: operation for topic in TOPICS.values() for name, operation in _operations(topic)},
        "components": {
            "messages": messages,
            "messageTraits": {"cloudEvent": _cloud_event()},
            "schemas": {**definitions(SCHEMAS), **_event_schemas()},
        },
    }


@cache
def render(version: str) -> str:
    """The document as YAML. Made once: it takes a second."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(_unshared(document(version)), Dumper=dumper, sort_keys=False, width=110, allow_unicode=True))


def _unshared(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """A copy in which nothing stands twice: YAML would write anchors for it."""
    if isinstance(node, dict):
        return {key: _unshared(value) for key, value in node.items()}
    return [_unshared(one) for one in node] if isinstance(node, list) else node


def _server() -> Node:
    return {
        "host": "{brokers}",
        "protocol": "kafka",
        "description": "The brokers of this installation (`SENTINEL_BUS=kafka://host:port`).",
        "variables": {"brokers": {"default": "localhost:9092", "description": "host:port of a broker"}},
    }


def _channel(address: str, topic: Topic, messages: Node) -> Node:
    names = topic.messages or [name for name in messages if "." in name]
    return {
        "address": address,
        "description": topic.meaning,
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": {"topic": address, "bindingVersion": KAFKA_BINDING}},
    }


def _operations(topic: Topic) -> list[tuple[str, Node]]:
    """What Cloud Sentinel does: it sends on every topic, and reads some of them in a group."""
    name, channel = topic.channel[0].upper() + topic.channel[1:], {"$ref": f"#/channels/{topic.channel}"}
    sends = (f"send{name}", {"action": "send", "channel": channel, "summary": topic.meaning})
    reads = [
        (
            f"receive{name}" + (group.capitalize() if group != topic.groups[0] else ""),
            {
                "action": "receive",
                "channel": channel,
                "summary": f"{topic.meaning} Read by the group `{group}`.",
                "bindings": {"kafka": {"groupId": {"type": "string", "const": group}, "bindingVersion": KAFKA_BINDING}},
            },
        )
        for group in topic.groups
    ]
    return [sends, *reads]


def _small_messages() -> Node:
    return {
        name: {
            "name": name,
            "title": topic.meaning,
            "contentType": JSON,
            "headers": _headers(JSON),
            "payload": {"$ref": f"{SCHEMAS}{name}"},
            "bindings": _keyed(topic.key),
        }
        for topic in TOPICS.values()
        for name in topic.messages
        if name != "Change"
    }


def _change() -> Node:
    """An event, or nothing."""
    told = TOPICS[topics.CHANGES]
    return {
        "name": "Change",
        "title": told.meaning,
        "contentType": CONTENT_TYPE,
        "headers": _headers(CONTENT_TYPE),
        "payload": {"oneOf": [{"$ref": f"{SCHEMAS}Event"}, {"type": "null"}]},
        "bindings": _keyed(told.key),
    }


def _event_messages() -> Node:
    titles = {name: declared.event.description for name, declared in event_types().items()}
    titles |= {family.name: f"{family.description} (types: {family.template})" for family in FAMILIES}
    return {
        f"{name}.v{version}": {
            "name": name,
            "title": title,
            "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
            "payload": {"$ref": f"{SCHEMAS}{name}.v{version}"},
        }
        for name, title in titles.items()
        for version in SCHEMA_VERSIONS
    }


def _event_schemas() -> Node:
    types = {
        f"{name}.v{version}": type_schema(declared, version, SCHEMAS)
        for name, declared in event_types().items()
        for version in SCHEMA_VERSIONS
    }
    families = {
        f"{family.name}.v{version}": family_schema(family, version, SCHEMAS)
        for family in FAMILIES
        for version in SCHEMA_VERSIONS
    }
    return types | families


def _cloud_event() -> Node:
    return {
        "contentType": CONTENT_TYPE,
        "headers": _headers(CONTENT_TYPE),
        "bindings": _keyed(TOPICS[topics.EVENTS].key),
    }


def _headers(content_type: str) -> Node:
    return {
        "type": "object",
        "properties": {"content-type": {"type": "string", "const": content_type}},
        "required": ["content-type"],
    }


def _keyed(key: str) -> Node:
    return {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": KAFKA_BINDING}}
