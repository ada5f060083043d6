"""``sentinel new type`` and ``sentinel new rule``: everything is made and checked first, then written."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Final

from cli import names
from cli.exits import ExitCode
from cli.new.aws import type_of_aws
from cli.new.clone import Clone, camel, check_name, open_clone, refused, tidy, write
from cli.new.others import type_of_azure, type_of_gcp
from cli.new.rule import check_rule, rule_test, test_stem, with_rule

NEXT: Final = "make it yours (docs/add-a-resource.md), then: make generate"


def write_type(provider: str, service: str, source: str, items: str | None) -> int:
    """Write a unit and its test."""
    clone = open_clone(provider)
    check_name("service", service)
    _check_free(clone, service)
    unit, test = clone.unit(service), clone.test(service)
    clone.vacant(unit, test)
    if items is not None and provider != "aws":
        raise refused(f"--items is of AWS only: a listing of {provider} has one place for its items")
    match provider:
        case "aws":
            code, tested = type_of_aws(service, source, items)
        case "azure":
            code, tested = type_of_azure(service, source)
        case _:
            code, tested = type_of_gcp(service, source)
    code, tested = tidy(code, unit), tidy(tested, test)
    write(unit, code)
    write(test, tested)
    return _told(clone, unit, test)


def _check_free(clone: Clone, service: str) -> None:
    from scanners.core.registry import groups, scanners
    from scanners.core.resource import Resource

    if service in scanners(clone.provider) or f"@{service}" in groups(clone.provider):
        raise refused(f'{clone.provider} has "{service}" already; nothing was written')
    if camel(service) in Resource.named.get(f"scanners.{clone.provider}", {}):
        raise refused(f"{clone.provider} has a resource {camel(service)} already: choose another name")


def write_rule(provider: str, service: str, rule_id: str, *, security: bool) -> int:
    """Put a rule into its unit, and write its test."""
    from scanners.core.registry import scanners

    clone, known = open_clone(provider), scanners(provider)
    if service not in known:
        raise names.unknown("service", service, known, of=f" for {provider}")
    unit = known[service]
    path, test = Path(inspect.getfile(unit)), clone.test(test_stem(unit, rule_id))
    if not path.is_relative_to(clone.root):
        raise refused(f"{service} is of another package ({path}): write the rule there")
    before = path.read_text(encoding="utf-8")
    problem = check_rule(unit, rule_id, before)
    clone.vacant(test)
    code = tidy(with_rule(before, unit, rule_id, problem, security=security), path)
    tested = tidy(rule_test(unit, rule_id, security=security), test)
    write(test, tested)
    path.write_text(code, encoding="utf-8")
    return _told(clone, path, test)


def _told(clone: Clone, path: Path, test: Path) -> int:
    print(f"{clone.shown(path)}\n{clone.shown(test)}\n\n{NEXT}\n.venv/bin/pytest {clone.shown(test)}")
    return ExitCode.CLEAN
