"""JSON Schema 2020-12 of every event type, computed from the catalogue and the structs that are really sent."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec

from schemas.catalogue import Declared, event_types
from schemas.errors import SentinelError
from schemas.event import SCHEMA_VERSIONS, Event, schema_of
from schemas.families import EventFamily, family_of
from schemas.finding import FindingValue
from schemas.scan import Coverage, ServiceMeasure
from schemas.topics import DeadLetter, JobMessage, ProgressMessage, ScanMessage, TaskMessage

Schema = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
HERE: Final = "#/$defs/"
MESSAGES: Final = (ScanMessage, JobMessage, TaskMessage, ProgressMessage, DeadLetter)
_ALWAYS_WHOLE: Final = ("Event", "FindingValue", "Coverage", "ServiceMeasure")
"""Sent with all their fields, also those that have a default where they are made."""
_MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
_AMOUNT: Final[Schema] = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
_OUTCOMES: Final = {
    "waste": ["waste", "insufficient_data", "excluded"],
    "security": ["exposed", "insufficient_data", "excluded"],
}
_VALUES: Final[dict[str, Schema]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "array": {"type": "array"},
    "object": {"type": "object"},
}


class UnknownSchemaError(SentinelError):
    """There is no such event type, or not in this version."""

    def __init__(self, event_type: str, version: int) -> None:
        self.event_type, self.version = event_type, version
        super().__init__(f"there is no schema of {event_type!r} in version {version}")


def event_schema(event_type: str, version: int = 1) -> Schema:
    """The schema of one event type or family, with all that it refers to. Raises ``UnknownSchemaError``."""
    family = family_of(event_type)
    if family is not None and version in SCHEMA_VERSIONS:
        return _whole(family.name, version, family_schema(family, version, HERE), ["Event", "Data", "DailyCost"])
    declared = event_types().get(event_type)
    if declared is None or version not in SCHEMA_VERSIONS:
        raise UnknownSchemaError(event_type, version)
    used = ["Event", "Data", "DailyCost", *_value_struct(declared)]
    return _whole(event_type, version, type_schema(declared, version, HERE), used)


def _whole(name: str, version: int, told: Schema, used: list[str]) -> Schema:
    shared = {each: definitions(HERE)[each] for each in used}
    return {"$schema": DIALECT, "$id": schema_of(name, version), **told, "$defs": shared}


def type_schema(declared: Declared, version: int, refs: str) -> Schema:
    """What one event type adds to the envelope; ``refs`` is where the shared definitions stand."""
    event = declared.event
    told: Schema = {
        "type": {"const": event.type},
        "dataschema": {"const": schema_of(event.type, version)},
        "provider": {"const": declared.provider},
        "data": _data(declared, refs),
    }
    if event.category != "scan":
        told["resourcetype"] = {"const": declared.service.resource_type}
    return {
        "title": event.type,
        "description": event.description,
        "allOf": [{"$ref": f"{refs}Event"}],
        "properties": told,
    }


def family_schema(family: EventFamily, version: int, refs: str) -> Schema:
    """What a family adds to the envelope."""
    cost = {"value": _AMOUNT, "unit": {"type": "string", "pattern": "^[A-Z]{3}$"}, "cost": {"$ref": f"{refs}DailyCost"}}
    return {
        "title": family.name,
        "description": family.description,
        "allOf": [{"$ref": f"{refs}Event"}],
        "properties": {
            "type": {"type": "string", "pattern": family.pattern},
            "dataschema": {"const": schema_of(family.name, version)},
            "resourcetype": {"const": family.resource_type},
            "data": {"type": "object", "properties": cost, "required": list(cost)},
        },
    }


@cache
def definitions(refs: str) -> dict[str, Schema]:
    """The shared parts: the envelope, the values that are objects, the messages of the small topics."""
    template = f"{refs}{{name}}"
    _, found = msgspec.json.schema_components(
        [Event, FindingValue, Coverage, ServiceMeasure, *MESSAGES], ref_template=template
    )
    made: dict[str, Schema] = {name: _described(schema) for name, schema in sorted(found.items())}
    for name in _ALWAYS_WHOLE:
        made[name]["required"] = list(made[name]["properties"])
    made["Data"]["required"] = ["value", "unit"]
    made["Event"]["properties"] |= {
        "id": {"type": "string", "minLength": 1},
        "time": _MOMENT,
        "asof": _MOMENT,
        "attempt": {"type": "integer", "minimum": 1},
        "dataschema": {"type": "string", "format": "uri"},
        "datacontenttype": {"const": "application/json"},
        "specversion": {"const": "1.0"},
    }
    made["FindingValue"]["properties"]["monthly_saving"] = _or_null(_AMOUNT)
    return made


def _described(schema: Schema) -> Schema:
    """Without defaults (they are the maker's, not the reader's), and with the text on one line."""
    text = " ".join(str(schema["description"]).replace("``", "`").split())
    properties = {
        name: {key: told for key, told in one.items() if key != "default"} for name, one in schema["properties"].items()
    }
    return {**schema, "description": text, "properties": properties}


def _data(declared: Declared, refs: str) -> Schema:
    event = declared.event
    told: Schema = {"value": _value(declared, refs), "unit": _unit(declared)}
    required = ["value", "unit"]
    if event.category == "performance":
        told["statistic"] = {"enum": list(event.statistics)}
        told["window"] = {
            "type": "object",
            "properties": {"start": _MOMENT, "end": _MOMENT},
            "required": ["start", "end"],
        }
        told["samples"] = {"type": "integer", "minimum": 1}
        required += ["statistic", "window", "samples"]
    if event.category == "cost":
        names = ("key", "source", "source_date")
        told["price"] = {
            "type": "object",
            "properties": {name: {"type": "string"} for name in names},
            "required": list(names),
        }
    return {"type": "object", "properties": told, "required": required}


def _unit(declared: Declared) -> Schema:
    """A cost that is not known has no currency either."""
    unit = declared.event.unit
    if unit is None:
        return {"type": "null"}
    return {"enum": [unit, None]} if declared.event.category == "cost" else {"const": unit}


def _value_struct(declared: Declared) -> list[str]:
    """The struct that the value is, if it is one."""
    event = declared.event
    if event.value_type != "object":
        return []
    about_scan = "ServiceMeasure" if _status(declared) == "measured" else "Coverage"
    return {"waste": ["FindingValue"], "security": ["FindingValue"], "scan": [about_scan]}.get(event.category, [])


def _value(declared: Declared, refs: str) -> Schema:
    event = declared.event
    for struct in _value_struct(declared):
        fixed = _finding(declared) if struct == "FindingValue" else _about_scan(declared)
        return {"allOf": [{"$ref": f"{refs}{struct}"}], "properties": fixed}
    schema = _AMOUNT if event.category == "cost" else _VALUES[event.value_type]
    return _or_null(schema) if event.nullable else schema


def _finding(declared: Declared) -> Schema:
    rules = sorted(rule.id for rule in declared.service.rules if rule.event_type == declared.event.type)
    return {"rule": {"enum": rules}, "outcome": {"enum": _OUTCOMES[declared.event.category]}}


def _about_scan(declared: Declared) -> Schema:
    service, status = {"service": {"const": declared.service.service}}, _status(declared)
    return service if status == "measured" else {**service, "status": {"const": status}}


def _status(declared: Declared) -> str:
    return declared.event.type.rpartition(".")[2]


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}
