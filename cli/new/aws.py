"""A new type of AWS, from the published shape of the answer that lists it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from cli import names
from cli.new.clone import camel, refused, words
from cli.new.fields import MOMENT, NewFact, body, distinct, expected, imports, literal
from schemas.errors import ForbiddenOperationError
from schemas.operations import check_declaration

_HINTS: Final[dict[str, tuple[str, Any]]] = {
    "string": ("str", "example"), "integer": ("int", 1), "long": ("int", 1), "boolean": ("bool", True),
    "double": ("float", 1.5), "float": ("float", 1.5), "timestamp": ("datetime", MOMENT),
}  # fmt: skip
_MADE: Final = re.compile(r"creat(e|ed|ion)_?(date|time|at|timestamp|on)?(_time)?|start_time|launch_time")


def type_of_aws(service: str, source: str, items: str | None) -> tuple[str, str]:
    """The unit and its test. Raises ``CommandError`` for a call that is none, or that no scan may make."""
    api, _, operation = source.partition(":")
    model = _model(api, operation)
    where = _items(model, source, items)
    item = model.output_shape.members[where].member
    if item.type_name != "structure":
        raise refused(f"{source} lists only names in {where}: such a unit is written by hand (docs/add-a-resource.md)")
    key, arn = _identity(service, item, model.service_model.signing_name)
    facts = distinct(_facts(key, item))
    return _unit(service, source, model, where, facts, arn), _test(service, facts)


def _model(api: str, operation: str) -> Any:  # noqa: ANN401 - botocore ships no types
    import botocore.session

    session = botocore.session.get_session()
    if api not in session.get_available_services():
        raise names.unknown("API of AWS", api, session.get_available_services(), listing="aws help")
    service = session.get_service_model(api)
    if operation not in service.operation_names:
        raise names.unknown("operation", operation, service.operation_names, of=f" of {api}", listing=f"aws {api} help")
    try:
        check_declaration(api, operation)
    except ForbiddenOperationError as error:
        raise refused(str(error)) from None
    return service.operation_model(operation)


def _items(model: Any, source: str, asked: str | None) -> str:  # noqa: ANN401
    members = model.output_shape.members if model.output_shape else {}
    lists = [name for name, shape in members.items() if shape.type_name == "list"]
    if asked is not None and asked not in lists:
        raise names.unknown("value for --items", asked, lists, listing=", ".join(lists) or "none")
    if asked is None and len(lists) != 1:
        raise refused(f"{source} answers {len(lists)} lists: choose by --items ({', '.join(lists) or 'none'})")
    return asked or lists[0]


def _identity(service: str, item: Any, signing_name: str) -> tuple[str, str]:  # noqa: ANN401
    """The member that is the id, and the template of the ARN."""
    prefixes = [*_parts(camel(service)), *_parts(item.name), ""]
    members = {name.lower(): name for name, shape in item.members.items() if shape.type_name == "string"}
    for kind in ("arn", "id", "name"):
        for prefix in prefixes:
            if found := members.get(f"{prefix.lower()}{kind}"):
                kebab = service.replace("_", "-")
                own = f"arn:{{partition}}:{signing_name}:{{region}}:{{account}}:{kebab}/{{id}}"
                return found, "{id}" if kind == "arn" else own
    raise refused(f"nothing in {item.name} looks like its id; its members: {', '.join(item.members)}")


def _parts(name: str) -> list[str]:
    """``PlacementGroup``, ``Group``, ``Placement``."""
    parts = re.findall(r"[A-Z][a-z0-9]*|[A-Z]+(?![a-z])", name)
    ends = ["".join(parts[start:]) for start in range(len(parts))]
    return ends + ["".join(parts[:end]) for end in range(len(parts) - 1, 0, -1)]


def _facts(key: str, item: Any) -> Iterator[NewFact]:  # noqa: ANN401
    yield NewFact("id", "str", key, "example-id")
    for name, shape in item.members.items():
        own = _snake(name)
        if name == key or shape.metadata.get("sensitive") or not own.isidentifier():
            continue
        if shape.type_name in _HINTS:
            hint, example = _HINTS[shape.type_name]
            own = "created_at" if hint == "datetime" and _MADE.fullmatch(own) else own
            hint = hint if own == "created_at" else f"{hint} | None"
            yield NewFact(_free(own), hint, name, next(iter(getattr(shape, "enum", ())), example))
        elif shape.type_name == "list" and shape.member.type_name == "string":
            yield NewFact(_free(own), "list[str]", f"{name} || `[]`", ["example"])


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _free(name: str) -> str:
    """Names that every resource has mean something else."""
    return f"its_{name}" if name in {"id", "tags", "place", "odd", "region", "asof", "age", "measured"} else name


def _unit(service: str, source: str, model: Any, where: str, facts: list[NewFact], arn: str) -> str:  # noqa: ANN401
    from botocore import xform_name

    api, name, title = source.partition(":")[0], camel(service), words(service)
    tagged = _tagged(model.output_shape.members[where].member)
    return f'''"""{title.capitalize()}s of Amazon {model.service_model.service_id}: what the listing tells of them."""

from __future__ import annotations

{imports(facts)}
from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.resource import Resource, fact


class {name}(Resource):
    """One {title}, as ``{source}`` tells it."""

{body(facts)}


class {name}Scanner(AwsScanner[{name}]):
    """{title.capitalize()}s of Amazon {model.service_model.service_id}."""

    service, family = "{service}", "{api}"
    resource, resource_type = {name}, "AWS::{model.service_model.service_id.replace(" ", "")}::{name}"
    listing = Call("{api}", "{xform_name(model.name)}", "{where}")
    arn = "{arn}"
{"" if tagged else "    tagged = False"}
'''


def _tagged(item: Any) -> bool:  # noqa: ANN401
    tags = item.members.get("Tags")
    return bool(tags and tags.type_name == "list" and {"Key", "Value"} <= set(getattr(tags.member, "members", {})))


def _test(service: str, facts: list[NewFact]) -> str:
    name = camel(service)
    answer = literal({one.path.partition(" || ")[0]: one.example for one in facts})
    return f'''"""{words(service).capitalize()}s: every fact is read from where the answer has it."""

from __future__ import annotations

from datetime import UTC, datetime

from scanners.aws.{service} import {name}, {name}Scanner
from scanners.core.resource import Place

PLACE = Place("aws", "aws", "123456789012", "eu-west-1", datetime(2026, 2, 1, tzinfo=UTC))
ANSWER = {answer}


def test_each_fact_is_read_from_the_answer() -> None:
    item = {name}(PLACE, ANSWER)
    assert item.odd == {{}}
    assert {{one.name: getattr(item, one.name) for one in {name}Scanner.declared().listed}} == {expected(facts)}
'''
