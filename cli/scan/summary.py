"""The summary of a scan: one screen of at most 30 lines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cli.money import amount, amounts
from cli.scan.tally import Found, Gap, Gaps, Severities, Tally
from cli.text import shortened, with_id, wrapped
from schemas.finding import SEVERITIES

if TYPE_CHECKING:
    from schemas.scan import Coverage, Discovery

LINES: Final = 30
GAPS_SHOWN: Final = 4
GAPS_ALONE: Final = 5
LINES_PER_GAP: Final = 3
NO_ACTION_NAMED: Final = "this call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the summary is about."""

    tally: Tally
    discovery: Discovery | None
    regions: tuple[str, ...]
    output: str
    seconds: float
    next_command: str
    demo: bool


def render(ending: Ending, width: int) -> list[str]:
    """The lines: account, regions, money, coverage and gaps, top findings, files, next command."""
    head = [*_account(ending, width), *_money(ending)]
    gaps = _gaps(ending.tally, width)
    foot = _foot(ending)
    room = LINES - len(head) - len(gaps) - len(foot)
    return [*head, *_top(ending.tally.top, width, room), *gaps, *foot]


def _account(ending: Ending, width: int) -> list[str]:
    found = ending.discovery
    account = f"account  {found.account_id} as {found.principal}" if found else "account  unknown"
    return [
        *wrapped(account, width),
        f"regions  {shortened(ending.regions, width - 9) or 'none'}",
        *_not_enabled(ending.tally, width),
        "",
    ]


def _not_enabled(tally: Tally, width: int) -> list[str]:
    names = sorted(tally.not_enabled)
    return [f"not enabled for this account: {shortened(names, width - 30)}"] if names else []


def _money(ending: Ending) -> list[str]:
    tally = ending.tally
    if not tally.severities:
        return ["findings unknown: not everything could be seen" if tally.incomplete else "no findings"]
    prices = "demo prices" if ending.demo else "list prices"
    lines = [f"findings by severity (estimated saving a month, {prices})"]
    for severity in SEVERITIES:
        sums = tally.severities.get(severity)
        if sums is not None:
            lines.append(f"  {severity:<14}{sums.count:>6}   {_sum_of(sums)}")
    return lines


def _sum_of(sums: Severities) -> str:
    unpriced = [f"{sums.unpriced} without a price"] if sums.unpriced else []
    exposed = [f"{sums.exposed} exposed"] if sums.exposed else []
    return " + ".join([amounts(sums.money)] * bool(sums.money) + unpriced + exposed)


def _top(top: list[Found], width: int, room: int) -> list[str]:
    lines: list[str] = []
    for found in top:
        money = "exposed" if found.exposed else amount(found.saving, found.currency)
        text = f"{money}  {found.severity}  {found.rule}: {found.reason}"
        more = with_id(text, found.resource_id, width)
        if len(lines) + len(more) + 1 > room:
            break
        lines += more
    return ["top findings", *lines] if lines else []


def _gaps(tally: Tally, width: int) -> list[str]:
    shown = GAPS_SHOWN if tally.top else GAPS_ALONE
    return [
        f"coverage {len(tally.covered)}/{len(tally.services)} services",
        *_missing(tally, width),
        *gaps_lines(tally.gaps, width, shown=shown),
    ]


def _missing(tally: Tally, width: int) -> list[str]:
    text = f"{tally.missing} of {tally.asked} resources that were asked for: not there in these services and regions"
    return wrapped(text, width, indent="  ") if tally.missing else []


def gaps_lines(gaps: Gaps, width: int, *, shown: int) -> list[str]:
    """The gaps, at most three lines each; where there are several denials, the one statement that opens them all."""
    ordered = sorted(gaps.values(), key=lambda gap: (gap.example.status, gap.example.action, gap.example.operation))
    lines = [line for gap in ordered[:shown] for line in gap_lines(gap, width)]
    if len(ordered) > shown:
        lines.append(f"  and {len(ordered) - shown} more: every one is an event of category scan")
    statements = [gap.example.statement for gap in ordered if gap.example.statement]
    together = _together(statements)
    if together is not None and together != statements[0]:
        lines.append(f"  all in one: {_compact(together)}")
    return lines


def _together(statements: list[dict[str, Any]]) -> dict[str, Any] | None:
    """One statement that allows what each of them does; None where there is none, or where they differ in form."""
    if len({tuple(sorted(one)) for one in statements}) != 1:
        return None
    listed = {name for name, value in statements[0].items() if isinstance(value, list)}
    return {
        name: sorted({action for one in statements for action in one[name]}) if name in listed else value
        for name, value in statements[0].items()
    }


def gap_lines(gap: Gap, width: int) -> list[str]:
    """At most three lines: what was refused where, to whom, and the policy line that opens it."""
    seen = gap.example
    places = next(iter(gap.regions)) if len(gap.regions) == 1 else f"{len(gap.regions)} regions"
    calls = f" ({gap.count} calls)" if gap.count > 1 else ""
    services = ", ".join(sorted(gap.services))
    what = f"{seen.status}: {seen.action or seen.operation or NO_ACTION_NAMED} ({services}) in {places}{calls}"
    if seen.status != "denied":
        return wrapped(f"{what}: {seen.reason}", width, indent="  ", limit=LINES_PER_GAP)
    who = f"    principal {seen.principal or 'unknown'}"
    return [*wrapped(what, width, indent="  ", limit=1), who, f"    {_remedy(seen)}"]


def _remedy(seen: Coverage) -> str:
    if seen.by_organization:
        return "denied by a policy of the organization: its administrators must allow it"
    return f"add to its policy: {_compact(seen.statement or seen.action)}"


def _compact(statement: object) -> str:
    return json.dumps(statement, separators=(",", ":"))


def calls_price(tally: Tally) -> str:
    """What the calls cost, as far as the packaged list knows."""
    unknown = sum(tally.calls.values()) - tally.priced
    known = [f"{tally.price:f} USD for {tally.priced:,} API calls"] if tally.price is not None else []
    return "; ".join([*known, f"{unknown:,} calls: not in the packaged list"] if unknown else known) or "no call"


def _kept(tally: Tally) -> str:
    return f"{tally.cache_hits:,} kept answers, " if tally.cache_hits else ""


def _foot(ending: Ending) -> list[str]:
    tally = ending.tally
    return [
        f"{sum(tally.resources.values()):,} resources, {sum(tally.events.values()):,} events, "
        f"{sum(tally.calls.values()):,} API calls, {_kept(tally)}{ending.seconds:.1f} s",
        f"price    {calls_price(tally)}",
        f"events   {ending.output}",
        f"next     {ending.next_command}",
    ]
