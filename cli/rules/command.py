"""``sentinel rules list`` and ``sentinel rules explain RULE``, from the packaged catalogue."""

from __future__ import annotations

import json
from typing import Final, Literal, cast

import msgspec

from cli import names
from cli.exits import ExitCode
from cli.rules.book import Use, uses, uses_of
from cli.rules.explanation import explanation
from cli.text import screen_width, table, wrapped
from schemas.catalogue import load_catalogue

Form = Literal["table", "json"]
FORMS: Final[tuple[Form, ...]] = ("table", "json")
MORE: Final = "one of them: sentinel rules explain RULE"


def print_rules(output_format: str) -> int:
    """Print every rule: on one line each, or as JSON with all that the catalogue says."""
    form = cast("Form", names.choice("--format", output_format, FORMS))
    every = uses(load_catalogue())
    print(json.dumps([_as_json(use) for use in every], indent=2) if form == "json" else as_table(every))
    return ExitCode.CLEAN


def print_explanation(rule_id: str) -> int:
    """Print what one rule means, in every service that has it."""
    width = screen_width()
    pages = [explanation(use) for use in uses_of(load_catalogue(), rule_id)]
    print("\n\n".join("\n".join(page.on_screen(width)) for page in pages))
    return ExitCode.CLEAN


def as_table(every: list[Use]) -> str:
    """Rule, place, severity and thresholds."""
    rows = [["RULE", "SERVICE", "SEVERITY", "THRESHOLDS"]]
    rows += [[use.rule.id, use.place, use.severity, use.thresholds] for use in every]
    return "\n".join([*table(rows), "", *wrapped(MORE, screen_width())])


def _as_json(use: Use) -> dict[str, object]:
    entry: dict[str, object] = msgspec.to_builtins(use.rule)
    return {
        **entry,
        "provider": use.provider,
        "service": use.service.service,
        "resource_type": use.service.resource_type,
        "permissions": list(use.service.permissions),
    }
