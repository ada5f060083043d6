"""Findings of a server in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from cli.money import amounts, written
from cli.text import wrapped

Finding = Mapping[str, Any]


def listed(page: Mapping[str, Any], width: int) -> list[str]:
    """Each with its money, its resource and its id; then what all of them sum up to, and what that rests on."""
    lines = [line for each in page["items"] for line in _short(each, width)]
    totals = page["totals"]
    money = amounts({currency: Decimal(text) for currency, text in totals["monthly_saving"].items()})
    more = f", the first {len(page['items'])} of them above" if page["next_cursor"] else ""
    count = f"{totals['findings']} finding{'' if totals['findings'] == 1 else 's'}"
    return [*lines, f"{count}, {money} a month{more}", _coverage(page["coverage"])]


def told(finding: Finding, width: int) -> list[str]:
    """One finding: what was found, why, and what became of it."""
    return [
        *_short(finding, width),
        f"  {finding['status']}{_since(finding)}",
        *(wrapped(finding["note"], width, indent="  ") if finding["note"] else []),
        *wrapped(f"evidence: {json.dumps(finding['evidence'])}", width, indent="  "),
        "  history",
        *(line for entry in finding["history"] for line in wrapped(_entry(entry), width, indent="    ")),
    ]


def decided(answer: Mapping[str, Any]) -> list[str]:
    """One line for each finding that was meant."""
    words = {"changed": "is now {status}", "unchanged": "is {status} already", "not_found": "there is no such finding"}
    return [f"{each['id']}  {words.get(each['result'], '{detail}').format_map(each)}" for each in answer["results"]]


def _short(finding: Finding, width: int) -> Iterator[str]:
    money = written(finding["monthly_saving"], finding["currency"])
    place = "" if finding["status"] == "open" else f"  {finding['status']}"
    yield from wrapped(f"{money}  {finding['severity']}{place}  {finding['rule']}: {finding['reason']}", width)
    yield f"  {finding['resource_id']}"
    yield f"  {finding['id']}"


def _since(finding: Finding) -> str:
    if finding["resolved_at"]:
        return f" ({finding['resolved_reason']}) since {_moment(finding['resolved_at'])}"
    unsure = finding["unverified_since"]
    seen = f", seen from {_moment(finding['first_seen'])} to {_moment(finding['last_seen'])}"
    return f"{seen}; not verified since {_moment(unsure)}" if unsure else seen


def _entry(entry: Mapping[str, Any]) -> str:
    who = entry["by"] or (f"scan {entry['scan_id']}" if entry["scan_id"] else "")
    until = f"until {entry['until']}" if entry["until"] else ""
    told = (entry["resolved_reason"], who, until, entry["note"], ", ".join(entry["changed"]))
    return "  ".join([_moment(entry["at"]), entry["kind"], *(part for part in told if part)])


def _coverage(seen: Mapping[str, Any] | None) -> str:
    if seen is None:
        return "nothing was scanned yet: this says nothing about what is there"
    whole = f"coverage: {seen['services_reached']} of {seen['services_total']} services seen whole"
    return whole if seen["complete"] else f"{whole}; what could not be seen: sentinel scans show SCAN"


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"
