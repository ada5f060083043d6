"""``sentinel catalogue``: what can be scanned, from the packaged catalogue."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal, cast

import msgspec

from cli import names
from cli.exits import ExitCode
from cli.text import screen_width, table, wrapped
from schemas.catalogue import Catalogue, ProviderEntry, ServiceEntry, load_catalogue

Form = Literal["table", "json", "markdown"]
FORMS: Final[tuple[Form, ...]] = ("table", "json", "markdown")


def print_catalogue(name: str | None, output_format: str, *, list_regions: bool) -> int:
    """Print the catalogue, or what one name in it means, or the regions."""
    form = cast("Form", names.choice("--format", output_format, FORMS))
    catalogue = load_catalogue()
    if list_regions:
        print("\n".join(region for entry in catalogue.providers.values() for region in entry.regions))
    elif name is not None:
        print("\n".join(explain(catalogue, name, screen_width())))
    else:
        print(RENDERERS[form](catalogue))
    return ExitCode.CLEAN


def explain(catalogue: Catalogue, name: str, width: int) -> list[str]:
    """What one service, group, rule or event type is. Raises ``CommandError`` with the nearest right name."""
    meanings: dict[str, Callable[[], list[str]]] = {}
    for entry in catalogue.providers.values():
        meanings |= dict(_meanings(entry, width))
    if name not in meanings:
        raise names.unknown("name", name, meanings)
    return meanings[name]()


def _meanings(entry: ProviderEntry, width: int) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    for group, members in entry.groups.items():
        yield group, lambda group=group, members=members: [f"{group}: {', '.join(members)}"]  # type: ignore[misc]
    for service in entry.services:
        yield service.service, lambda service=service: _service_lines(service, width)  # type: ignore[misc]
        for event in service.events:
            unit = f" ({event.unit})" if event.unit else ""
            text = f"{event.type}: {event.description} {event.value_type}{unit}"
            yield event.type, lambda text=text: wrapped(text, width)  # type: ignore[misc]
        for rule in service.rules:
            yield (
                rule.id,
                lambda rule=rule, service=service: [  # type: ignore[misc]
                    *wrapped(f"{rule.id} ({service.service}, event {rule.event_type}): {rule.description}", width),
                    *(f"  {threshold} = {default}" for threshold, default in rule.thresholds.items()),
                ],
            )


def _service_lines(service: ServiceEntry, width: int) -> list[str]:
    return [
        *wrapped(f"{service.service}: {service.description}", width),
        *wrapped(f"resource type {service.resource_type}, family {service.family}", width),
        *wrapped(f"permissions {', '.join(service.permissions)}", width),
        *wrapped(f"rules {', '.join(rule.id for rule in service.rules) or 'none'}", width),
        *wrapped(f"events {', '.join(event.type for event in service.events)}", width),
    ]


def as_table(catalogue: Catalogue) -> str:
    """Services with their rules, one line each where it fits."""
    lines: list[str] = []
    for provider, entry in catalogue.providers.items():
        rows = [["SERVICE", "RESOURCE TYPE", "EVENTS", "RULES"]]
        for service in entry.services:
            rows += _rows(service)
        lines += [provider, *table(rows), ""]
        lines += [f"{group:<10} {', '.join(members)}" for group, members in sorted(entry.groups.items())]
    return "\n".join([*lines, "", "one of them: sentinel catalogue NAME · all of it: sentinel catalogue --format json"])


def _rows(service: ServiceEntry) -> list[list[str]]:
    rules = [rule.id for rule in service.rules] or ["none"]
    first = [service.service, service.resource_type, str(len(service.events)), rules[0]]
    return [first, *(["", "", "", rule] for rule in rules[1:])]


def as_json(catalogue: Catalogue) -> str:
    """The catalogue as it is packaged."""
    return msgspec.json.format(msgspec.json.encode(catalogue), indent=2).decode()


def as_markdown(catalogue: Catalogue) -> str:
    """One section a service: permissions, event types, rules."""
    return "\n".join(_markdown(catalogue))


def _markdown(catalogue: Catalogue) -> Iterator[str]:
    for provider, entry in catalogue.providers.items():
        yield f"# Catalogue: {provider}\n"
        for service in entry.services:
            yield f"## {service.service}\n\n{_inline(service.description)}\n"
            yield f"Resource type `{service.resource_type}`, permissions {_codes(service.permissions)}.\n"
            yield "| event type | value | unit | meaning |\n|---|---|---|---|"
            for event in service.events:
                yield f"| `{event.type}` | {event.value_type} | {event.unit or ''} | {_inline(event.description)} |"
            yield ""
            if service.rules:
                yield "| rule | event type | meaning |\n|---|---|---|"
                for rule in service.rules:
                    yield f"| `{rule.id}` | `{rule.event_type}` | {_inline(rule.description)} |"
                yield ""


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _inline(text: str) -> str:
    return textwrap.dedent(text).replace("\n", " ").replace("|", "\\|").strip()


RENDERERS: Final[dict[Form, Callable[[Catalogue], str]]] = {
    "table": as_table,
    "json": as_json,
    "markdown": as_markdown,
}
