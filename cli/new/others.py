"""New types of Azure and Google Cloud: they begin with the facts that every resource there has."""

from __future__ import annotations

import re
from typing import Final

from cli.new.clone import camel, refused, words
from cli.new.fields import MOMENT, NewFact, body, expected, imports, literal
from schemas.azure_operations import azure_operation
from schemas.errors import ForbiddenOperationError

_AZURE: Final = "/subscriptions/s/resourcegroups/web/providers"
_ASSET: Final = re.compile(r"compute\.googleapis\.com/[A-Z][A-Za-z]+")


def type_of_azure(service: str, source: str) -> tuple[str, str]:
    """The unit and its test. Raises ``CommandError`` for a type that no scan can list."""
    try:
        azure_operation(f"arm:{source}")
    except ForbiddenOperationError as error:
        raise refused(f"{error}; as Microsoft.Compute/images, or with it Microsoft.Sql/servers@2023-08-01") from None
    source, _, version = source.partition("@")
    namespace = source.partition("/")[0]
    family = namespace.partition(".")[2].lower()
    facts = [
        NewFact("id", "str", "id", f"{_AZURE}/{source.lower()}/one", "Resource id, in lower case"),
        NewFact("name", "str", "name", "one"),
        NewFact("resource_group", "str", "resourceGroup", "web"),
        NewFact("kind", "str | None", "kind", "example"),
        NewFact("sku", "str | None", "sku.name", "Standard"),
        NewFact("tier", "str | None", "sku.tier", "Standard"),
        NewFact("zones", "list[str]", "zones || `[]`", ["1"]),
        NewFact("managed_by", "str | None", "managedBy", "example", "What has it, where something has"),
        NewFact("state", "str | None", "properties.provisioningState", "Succeeded"),
    ]
    answer = {
        "id": f"{_AZURE.replace('groups', 'Groups')}/{source}/one", "name": "one", "resourceGroup": "web",
        "location": "westeurope", "kind": "example", "sku": {"name": "Standard", "tier": "Standard"}, "zones": ["1"],
        "managedBy": "example", "properties": {"provisioningState": "Succeeded"}, "tags": {"env": "test"},
    }  # fmt: skip
    read = f"resource_of({camel(service)}, PLACE, ANSWER)"
    unit = _unit("azure", service, source, family, facts, "Resource Graph tells it")
    unit += f'    api_version = "{version}"\n' if version else ""
    return unit, _test("azure", service, facts, literal(answer), read, "scanners.azure.rows import resource_of")


def type_of_gcp(service: str, source: str) -> tuple[str, str]:
    """The unit and its test. Raises ``CommandError`` for an asset type that is none."""
    if not _ASSET.fullmatch(source):
        raise refused(f'"{source}" is no asset type of Compute Engine (as compute.googleapis.com/Image)')
    full = f"//compute.googleapis.com/projects/p/global/{service}/one"
    facts = [
        NewFact("id", "str", "assetName", full, "Full resource name"),
        NewFact("name", "str", "name", "one"),
        NewFact("created_at", "datetime", "creationTimestamp", MOMENT),
        NewFact("location", "str", "location", "europe-west1"),
        NewFact("number", "str | None", "id", "42", "The number that the API gave it"),
        NewFact("kind", "str | None", "kind", "compute#example"),
        NewFact("text", "str | None", "description", "example", "Its description"),
        NewFact("link", "str | None", "selfLink", full, "Its address in the API"),
    ]
    data = {
        "name": "one", "creationTimestamp": "2026-01-02T03:04:05+00:00", "id": "42", "kind": "compute#example",
        "description": "example", "selfLink": full.replace("//compute.googleapis.com", _COMPUTE),
    }  # fmt: skip
    answer = literal({"name": full, "resource": {"location": "europe-west1", "data": data}})
    read = f"{camel(service)}(PLACE, answer_of(ANSWER))"
    unit = _unit("gcp", service, source, "compute", facts, "the inventory tells it")
    return unit, _test("gcp", service, facts, answer, read, "scanners.gcp.asset import answer_of")


_COMPUTE: Final = "https://www.googleapis.com/compute/v1"


def _unit(provider: str, service: str, source: str, family: str, facts: list[NewFact], told: str) -> str:
    name, engine, title = camel(service), f"{camel(provider)}Scanner", words(service)
    cloud = {"azure": "Azure", "gcp": "Google Cloud"}[provider]
    return f'''"""{title.capitalize()}s of {cloud}: what every resource tells of itself."""

from __future__ import annotations

{imports(facts)}
from scanners.{provider}.scanner import {engine}
from scanners.core.resource import Resource, fact


class {name}(Resource):
    """One {title}, as {told}."""

{body(facts)}


class {name}Scanner({engine}[{name}]):
    """{title.capitalize()}s of {cloud}."""

    service, family = "{service}", "{family}"
    resource, resource_type = {name}, "{source}"
'''


def _test(provider: str, service: str, facts: list[NewFact], answer: str, read: str, module: str) -> str:
    name = camel(service)
    return f'''"""{words(service).capitalize()}s: every fact is read from where the answer has it."""

from __future__ import annotations

from datetime import UTC, datetime

from scanners.{provider}.{service} import {name}, {name}Scanner
from {module}
from scanners.core.resource import Place

PLACE = Place("{provider}", "{provider}", "account", "global", datetime(2026, 2, 1, tzinfo=UTC))
ANSWER = {answer}


def test_each_fact_is_read_from_the_answer() -> None:
    item = {read}
    assert item.odd == {{}}
    assert {{one.name: getattr(item, one.name) for one in {name}Scanner.declared().listed}} == {expected(facts)}
'''
