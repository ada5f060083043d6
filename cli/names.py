"""Names as people type them, checked against the static catalogue; a wrong one is answered with the nearest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, get_args

from cli.exits import CommandError, ExitCode
from schemas.catalogue import ProviderEntry, beginnings, check_provider, expand_services, load_catalogue, nearest
from schemas.errors import InvalidInputError
from schemas.event import CATEGORIES
from schemas.families import FAMILIES, family_of
from schemas.finding import SEVERITIES
from schemas.scan import MAX_AGE_SECONDS, MAX_LOOKBACK_DAYS, CoverageStatus

LIST: Final = "sentinel catalogue"


def unknown(kind: str, name: str, known: Iterable[str], *, of: str = "", listing: str = LIST) -> CommandError:
    """The one line for a name that does not exist."""
    guess = nearest(name, known)
    hint = f'; did you mean "{guess}"?' if guess else ""
    return CommandError(ExitCode.BAD_INPUT, f'unknown {kind} "{name}"{of}{hint} (list: {listing})')


def split(text: str | None) -> tuple[str, ...] | None:
    """``a,b`` as a tuple; None when nothing was given."""
    if text is None:
        return None
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not names:
        raise CommandError(ExitCode.BAD_INPUT, "an empty list was given: leave the option out to mean all")
    return names


def services(provider: str, asked: Sequence[str] | None) -> tuple[str, ...]:
    """The services meant, groups expanded; None means all."""
    try:
        return expand_services(provider, asked)
    except InvalidInputError as error:
        raise unknown(
            "service", str(error.value), service_names(check_provider(provider)), of=f" for {provider}"
        ) from None


def regions(provider: str, asked: Sequence[str] | None) -> tuple[str, ...] | None:
    """The regions meant, sorted; None means all that are enabled."""
    if asked is None:
        return None
    known = check_provider(provider).regions
    for name in asked:
        if name not in known:
            raise unknown("region", name, known, of=f" for {provider}", listing=f"{LIST} --regions")
    return tuple(sorted(set(asked)))


def categories(asked: Sequence[str] | None) -> tuple[str, ...]:
    """The categories meant; None means all."""
    for name in asked or ():
        if name not in CATEGORIES:
            raise unknown("category", name, CATEGORIES, listing=", ".join(CATEGORIES))
    return tuple(name for name in CATEGORIES if asked is None or name in asked)


def choice(option: str, given: str, allowed: Sequence[str]) -> str:
    """One of a few words."""
    if given not in allowed:
        raise unknown(f"value for {option}", given, allowed, listing=", ".join(allowed))
    return given


def severity(given: str | None) -> str | None:
    """A severity, or None when none was given."""
    return None if given is None else choice("--fail-on", given, SEVERITIES)


def lookback_days(text: str) -> int:
    """``14d`` (or ``14``) as days."""
    match = re.fullmatch(r"(\d{1,4})d?", text)
    if match and 1 <= int(match[1]) <= MAX_LOOKBACK_DAYS:
        return int(match[1])
    raise CommandError(ExitCode.BAD_INPUT, f'--lookback "{text}" is not allowed: 1d to {MAX_LOOKBACK_DAYS}d')


def max_age_seconds(text: str | None) -> int:
    """``30m``, ``6h`` or ``2d`` as seconds; 0 when nothing was given."""
    if text is None:
        return 0
    match = re.fullmatch(r"(\d{1,5})([mhd])", text)
    seconds = int(match[1]) * {"m": 60, "h": 3600, "d": 86_400}[match[2]] if match else 0
    if 0 < seconds <= MAX_AGE_SECONDS:
        return seconds
    raise CommandError(ExitCode.BAD_INPUT, f'--max-age "{text}" is not allowed: 1m to 7d, as 30m, 6h or 2d')


def service_names(entry: ProviderEntry) -> list[str]:
    """What ``--services`` takes: the services, then the groups."""
    return [*(service.service for service in entry.services), *sorted(entry.groups)]


def event_type(wanted: str | None) -> None:
    """A type, or the beginning of one with ``*``: it must exist, else nothing would ever be printed."""
    if wanted is None:
        return
    known = event_types()
    if family_of(wanted) is not None or (
        wanted.endswith(".*") and any(one.begins_with(wanted[:-1]) for one in FAMILIES)
    ):
        return
    if not any(name == wanted or (wanted.endswith("*") and name.startswith(wanted[:-1])) for name in known):
        raise unknown("event type", wanted, [*known, *beginnings(known)])


def event_types() -> list[str]:
    """Every type of the catalogue, and the coverage types, which stand for every service."""
    types: set[str] = set()
    for provider, entry in load_catalogue().providers.items():
        for service in entry.services:
            types.update(event.type for event in service.events)
            types.update(f"{provider}.scan.{service.service}.{status}" for status in get_args(CoverageStatus))
    return sorted(types)
