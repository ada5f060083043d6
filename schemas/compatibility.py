"""What a change of the schemas would break for a reader: ``python -m schemas.compatibility --write | --check``.

Within a version no field is removed, renamed, retyped or newly required. ``schemas/released/events.json`` holds the
contract of the last release; ``--write`` is for a release, and adds what is new.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from schemas.catalogue import event_types
from schemas.event import SCHEMA_VERSIONS
from schemas.families import FAMILIES
from schemas.json_schemas import HERE, MESSAGES, Schema, definitions, family_schema, type_schema

FILE: Final = Path(__file__).parent / "released" / "events.json"
ADVICE: Final = """\
Subscribers would break. Keep the old form, or give the event type a new version and emit both for one release.
Meant, because nothing of it was ever released: python -m schemas.compatibility --write
"""
Contract = Mapping[str, Schema]
"""Schemas by name: ``aws.waste.ebs.unattached/v1``, ``ScanMessage``, and under ``$defs`` what they share."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a reader may rely on at one path. No types or no values: anything."""

    types: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    required: bool = False

    def narrowed(self, other: Field) -> Field:
        """Both hold."""
        return Field(
            self.types & other.types if self.types and other.types else self.types | other.types,
            self.values & other.values if self.values and other.values else self.values | other.values,
            self.required or other.required,
        )


def contract() -> dict[str, Schema]:
    """What is promised now."""
    shared = definitions(HERE)
    types = {
        f"{name}/v{version}": type_schema(declared, version, HERE)
        for name, declared in event_types().items()
        for version in SCHEMA_VERSIONS
    }
    families = {
        f"{family.name}/v{version}": family_schema(family, version, HERE)
        for family in FAMILIES
        for version in SCHEMA_VERSIONS
    }
    return {
        "$defs": shared,
        **types,
        **families,
        **{one.__name__: {"$ref": f"{HERE}{one.__name__}"} for one in MESSAGES},
    }


def breaks(before: Contract, after: Contract) -> list[str]:
    """What a reader of ``before`` would miss in ``after``, one line each. Additions are no break."""
    told: list[str] = []
    for name in sorted(set(before) - {"$defs"}):
        if name not in after:
            told.append(f"{name}: removed or renamed")
        else:
            told += [f"{name}: {line}" for line in _broken(_fields(before, name), _fields(after, name))]
    return told


def _broken(before: Mapping[str, Field], after: Mapping[str, Field]) -> Iterator[str]:
    for path, was in before.items():
        if path not in after:
            yield f"{path}: removed or renamed"
        else:
            yield from (f"{path}: {line}" for line in _changed(was, after[path]))
    yield from (f"{path}: newly required" for path in after if after[path].required and _is_new_below_old(path, before))


def _is_new_below_old(path: str, before: Mapping[str, Field]) -> bool:
    """What stands in a new object is required of that object only."""
    parent = path.rpartition(".")[0]
    return path not in before and (not parent or parent in before)


def _changed(was: Field, now: Field) -> Iterator[str]:
    if was.types and (not now.types or now.types - was.types):
        yield f"was {_names(was.types)}, is {_names(now.types)}"
    if was.values and (not now.values or was.values - now.values):
        yield f"was {_names(was.values)}, is {_names(now.values)}"
    if now.required and not was.required:
        yield "newly required"
    if was.required and not now.required:
        yield "no longer always there"


def _names(names: frozenset[str]) -> str:
    return " | ".join(sorted(names)) or "anything"


def _fields(contract: Contract, name: str) -> dict[str, Field]:
    """Every path below one schema, with all that is said of it anywhere."""
    found: dict[str, Field] = {}
    for path, field in _walk(contract[name], contract["$defs"], "", required=True):
        found[path] = found[path].narrowed(field) if path in found else field
    return found


def _walk(schema: Schema, shared: Schema, path: str, *, required: bool) -> Iterator[tuple[str, Field]]:
    if "$ref" in schema:
        yield from _walk(shared[schema["$ref"].removeprefix(HERE)], shared, path, required=required)
    for part in schema.get("allOf", ()):
        yield from _walk(part, shared, path, required=required)
    if path:
        yield path, Field(_types(schema), _values(schema), required)
    for name, below in schema.get("properties", {}).items():
        inner = f"{path}.{name}" if path else name
        yield from _walk(below, shared, inner, required=name in schema.get("required", ()))
    if "items" in schema:
        yield from _walk(schema["items"], shared, f"{path}[]", required=False)


def _types(schema: Schema) -> frozenset[str]:
    if "anyOf" in schema:
        return frozenset().union(*(_types(one) for one in schema["anyOf"]))
    told = schema.get("type", [])
    names = {told} if isinstance(told, str) else set(told)
    names |= {_type_of(value) for value in _listed(schema)}
    return frozenset(names | ({"integer"} if "number" in names else set()))


def _values(schema: Schema) -> frozenset[str]:
    listed = [*_listed(schema), *(value for one in schema.get("anyOf", ()) for value in _listed(one))]
    return frozenset(json.dumps(value) for value in listed if value is not None)


def _listed(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))


def _type_of(value: object) -> str:
    """Constants are texts, or null."""
    return "null" if value is None else "string"


def render(contract: Contract) -> str:
    """The text of the file: one schema a line."""
    lines = (f"{json.dumps(name)}: {json.dumps(schema, sort_keys=True)}" for name, schema in sorted(contract.items()))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(arguments: list[str]) -> int:
    """Write the contract as it is now, or say what it would break."""
    if arguments == ["--write"]:
        FILE.write_text(render(contract()), encoding="utf-8")
        return 0
    broken = breaks(json.loads(FILE.read_text(encoding="utf-8")), contract())
    if broken:
        sys.stderr.write("\n".join(broken) + "\n" + ADVICE)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
