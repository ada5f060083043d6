"""The file of rules: other thresholds than the defaults and exceptions, by client, account and tag, with an end date.

Its entries are read from top to bottom, and what stands later wins::

    - rule: disk.unattached
      set: {grace: 14d}
    - rule: "*"
      account: "111111111111"
      tag: {team: forensics}
      exempt: evidence of a case
      until: 2027-01-31
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from scanners.core.errors import MissingFactError
from scanners.core.outcome import plain_map
from scanners.core.resource import Resource
from scanners.core.rules import Rule
from schemas.catalogue import load_catalogue, nearest
from schemas.errors import InvalidInputError

SETTING: Final = "SENTINEL_RULES"
EVERY: Final = "*"
LARGEST_BYTES: Final = 1_000_000
SPAN: Final = re.compile(r"(\d{1,5})(d|h)")
ANY_VALUE: Final = "*"


class Entry(BaseModel):
    """For which rule, client, account and tags: other thresholds (``set``), or no findings at all (``exempt``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    client: str | None = None
    account: str | None = Field(None, strict=True)
    tag: dict[str, str] = {}
    set: dict[str, int | float | str | bool | list[int | float | str]] = {}
    exempt: str | None = Field(None, min_length=1)
    """Why."""
    until: date | None = None
    """The last day that it holds, by the ``asof`` of the scan."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What holds for one rule and one resource. ``thresholds`` as the check takes them, ``told`` as JSON holds them."""

    thresholds: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)
    exempt: str | None = None


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The entries of one file, for the scans of one client."""

    entries: Sequence[Entry] = ()

    def of_client(self, client_id: str) -> RuleBook:
        """What concerns one client."""
        return RuleBook(tuple(entry for entry in self.entries if entry.client in {None, client_id}))

    def apply(self, rule: Rule[Any], item: Resource) -> Applied:
        """What holds for this resource."""
        matching = [e for e in self.entries if _concerns(e, rule.id, item.place.account, item.asof.date())]
        return _applied(rule, [entry for entry in matching if _tagged(entry, item)])

    def thresholds(self, rule: Rule[Any], account: str, day: date) -> Mapping[str, Any] | None:
        """What holds for all of an account's resources, as JSON holds it. None where tags make a difference."""
        entries = [entry for entry in self.entries if _concerns(entry, rule.id, account, day)]
        if any(entry.tag and entry.set for entry in entries):
            return None
        return _applied(rule, entries).told or rule.thresholds


DEFAULTS: Final = RuleBook()
"""No file: each rule as it is written."""


def load_rulebook(path: Path | None) -> RuleBook:
    """The book of a file; without one the defaults.

    Raises ``InvalidInputError`` for a file that cannot be read, an entry that cannot be, a rule or a threshold that
    does not exist, and a value of another kind than the default.
    """
    if path is None:
        return DEFAULTS
    entries = _entries(path)
    for number, entry in enumerate(entries):
        _check(entry, f"[{number}]")
    return RuleBook(tuple(entries))


def _entries(path: Path) -> list[Entry]:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise InvalidInputError(SETTING, str(path), f"a file of at most {LARGEST_BYTES} bytes")
        return TypeAdapter(list[Entry]).validate_python(yaml.safe_load(path.read_text()) or [])
    except OSError as error:
        raise InvalidInputError(SETTING, str(path), f"a file that can be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInputError(SETTING, str(path), f"YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
        raise _wrong(place, first["input"], str(first["msg"])) from None


def _check(entry: Entry, place: str) -> None:
    known = _known_thresholds()
    if not entry.set and entry.exempt is None:
        raise _wrong(place, entry.rule, "`set` with thresholds, or `exempt` with the reason")
    if entry.rule == EVERY:
        if entry.set:
            raise _wrong(f"{place}.set", EVERY, "only with one rule: each has thresholds of its own")
        return
    if entry.rule not in known:
        raise _wrong(f"{place}.rule", entry.rule, _hint(entry.rule, known, "sentinel rules list"))
    for name, value in entry.set.items():
        defaults = known[entry.rule]
        if name not in defaults:
            raise _wrong(f"{place}.set.{name}", value, _hint(name, defaults, ", ".join(defaults) or "it has none"))
        if (kind := _lacks(value, defaults[name])) is not None:
            raise _wrong(f"{place}.set.{name}", value, kind)


def _known_thresholds() -> dict[str, dict[str, Any]]:
    """By rule: its thresholds in every service, with a default."""
    known: dict[str, dict[str, Any]] = {}
    for provider in load_catalogue().providers.values():
        for service in provider.services:
            for rule in service.rules:
                known.setdefault(rule.id, {}).update(rule.thresholds)
    return known


def _lacks(value: object, default: object) -> str | None:
    """What a value should be that is not of the kind of the default."""
    if isinstance(default, str) and SPAN.fullmatch(default):
        return None if isinstance(value, str) and SPAN.fullmatch(value) else "a span, such as 7d or 36h"
    if isinstance(default, bool) or isinstance(value, bool):
        return None if isinstance(value, bool) and isinstance(default, bool) else f"like the default, {default!r}"
    if isinstance(default, int | float):
        right = isinstance(value, int | float) and value >= 0 and (isinstance(default, float) or isinstance(value, int))
        return None if right else f"a number, 0 or more, like the default {default!r}"
    return None if isinstance(value, type(default)) else f"like the default, {default!r}"


def _concerns(entry: Entry, rule: str, account: str, day: date) -> bool:
    return (
        entry.rule in {EVERY, rule} and entry.account in {None, account} and (entry.until is None or day <= entry.until)
    )


def _tagged(entry: Entry, item: Resource) -> bool:
    """A resource whose tags could not be read has none that would exempt it."""
    if not entry.tag:
        return True
    try:
        tags = item.tags
    except MissingFactError:
        return False
    return all(name in tags and value in {ANY_VALUE, tags[name]} for name, value in entry.tag.items())


def _applied(rule: Rule[Any], entries: Sequence[Entry]) -> Applied:
    chosen: dict[str, Any] = {}
    exempt: str | None = None
    for entry in entries:
        chosen |= {name: value for name, value in entry.set.items() if name in rule.thresholds}
        if entry.exempt is not None:
            exempt = f"exempt: {entry.exempt}" + (f" (until {entry.until})" if entry.until else "")
    if not chosen:
        return Applied(exempt=exempt)
    thresholds = dict(_typed(rule, chosen))
    return Applied(thresholds, {**rule.thresholds, **plain_map(thresholds)}, exempt)


def _typed(rule: Rule[Any], chosen: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each value as the check takes it."""
    for name, value in chosen.items():
        default = rule.defaults[name]
        if isinstance(default, timedelta):
            span = SPAN.fullmatch(value)
            assert span is not None, "checked when the file was read"
            yield name, timedelta(**{"days" if span[2] == "d" else "hours": int(span[1])})
        else:
            yield name, type(default)(value)


def _hint(name: str, known: Mapping[str, object], listing: str) -> str:
    guess = nearest(name, known)
    return f'did you mean "{guess}"? (list: {listing})' if guess else f"one that exists (list: {listing})"


def _wrong(place: str, value: object, allowed: str) -> InvalidInputError:
    return InvalidInputError(f"{SETTING} {place}", value, allowed)
