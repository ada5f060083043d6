"""What a rule means, section by section: what, why, thresholds, severity, saving, permissions, example, exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from cli.rules.book import Use
from cli.text import wrapped
from scanners.core.rules import IGNORE_LABEL, IGNORE_TAG
from schemas.event import Data, Event, encode, event_id, schema_of, source_of
from schemas.finding import SEVERITIES, FindingValue

WHY: Final = {
    "waste": "It costs money every month, and a change to the account would save it.",
    "security": "Who is not meant to can reach or read it, or a protection that costs little is missing.",
}
EXAMPLE: Final = "made up to show the form; no resource, account or amount in it is real"
EXAMPLE_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
EXEMPT: Final = (
    "Tag the resource {tag} with the value true, or with the last day that the exception holds, "
    "such as 2030-12-31. The outcome is then excluded, and still an event."
)


@dataclass(frozen=True, slots=True)
class Section:
    """A title and its text; ``listed`` lines stand one below the other, the ``code`` is shown as it is."""

    title: str
    text: str = ""
    listed: Sequence[str] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The sections of one rule for one service."""

    title: str
    sections: tuple[Section, ...]

    def on_screen(self, width: int) -> Iterator[str]:
        """Lines for a terminal; the code is never broken."""
        yield from wrapped(self.title, width)
        for section in self.sections:
            yield ""
            yield section.title
            yield from wrapped(section.text, width, indent="  ")
            for line in section.listed:
                yield from wrapped(line, width, indent="  ")
            yield from (f"  {line}" for line in section.code.splitlines())


def explanation(use: Use) -> Explanation:
    """All that the catalogue says of the rule, in the order in which a person asks."""
    rule, service = use.rule, use.service
    tag = IGNORE_LABEL if use.provider == "gcp" else IGNORE_TAG
    what, _, more = rule.description.partition(". ")
    return Explanation(
        f"{rule.id}: {rule.category} of {use.place} ({service.resource_type})",
        (
            Section("What", what.rstrip(".") + "."),
            Section("Why", " ".join([WHY[rule.category], more]).strip()),
            Section("Thresholds (defaults)", "" if rule.thresholds else "none", _thresholds(use)),
            Section("Severity", use.severity),
            Section("Saving a month", rule.saving),
            Section(
                "Permissions",
                f"those of its service; the whole policy: sentinel policy {use.provider} --services {service.service}",
                service.permissions,
            ),
            Section("Event", rule.event_type),
            Section("Example", EXAMPLE, code=example(use)),
            Section("How to exempt a resource", EXEMPT.format(tag=tag)),
        ),
    )


def _thresholds(use: Use) -> list[str]:
    return [f"{name} = {default}" for name, default in use.rule.thresholds.items()]


def example(use: Use) -> str:
    """The event of a finding, as it would stand on the bus. No amount: an invented one could be taken for a price."""
    rule, subject = use.rule, "EXAMPLE-RESOURCE-ID"
    value = FindingValue(
        rule=rule.id,
        outcome="waste" if rule.category == "waste" else "exposed",
        reason="EXAMPLE REASON",
        severity=next((word for word in SEVERITIES if word in rule.severities), None),
        evidence={"thresholds": rule.thresholds} if rule.thresholds else {},
    )
    event = Event(
        id=event_id("EXAMPLE", subject, rule.event_type),
        source=source_of(use.provider, "EXAMPLE-ACCOUNT"),
        type=rule.event_type,
        subject=subject,
        time=EXAMPLE_DAY,
        clientid="default",
        scanid="EXAMPLE",
        taskid="EXAMPLE",
        attempt=1,
        asof=EXAMPLE_DAY,
        provider=use.provider,
        accountid="EXAMPLE-ACCOUNT",
        region="EXAMPLE-REGION",
        resourcetype=use.service.resource_type,
        partitionkey=subject,
        data=Data(value=msgspec.to_builtins(value)),
        dataschema=schema_of(rule.event_type),
    )
    return msgspec.json.format(encode(event), indent=2).decode()
