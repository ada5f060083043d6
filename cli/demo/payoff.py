"""The demo's summary in the order of the payoff: money first, the pipeline late, what to do next last."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cli.follow import finding_lines
from cli.invoked import as_called
from cli.money import amounts
from cli.scan.summary import gaps_lines
from cli.scan.tally import Gaps, add_gap
from cli.text import wrapped
from schemas.scan import Coverage

if TYPE_CHECKING:
    from demo_cloud.check import Comparison

WORST: Final = 10
EXPOSED: Final = 5
CURL: Final = 'curl -sH "Authorization: Bearer $SENTINEL_API_KEY"'
"""The key stands in the last lines."""

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the API tells after the scans, and what the demo planted."""

    api: str
    scans: Sequence[Document]
    findings: Sequence[Document]
    comparison: Comparison
    seconds: float


def render(result: Result, width: int) -> list[str]:
    """All lines."""
    waste = [finding for finding in result.findings if finding["category"] == "waste"]
    exposed = [finding for finding in result.findings if finding["category"] == "security"]
    return [
        "",
        *_money(waste, result, width),
        *_exposed(exposed, result, width),
        *_unseen(result.scans, width),
        *_pipeline(result, width),
        "",
        *result.comparison.lines(),
    ]


def _money(waste: Sequence[Document], result: Result, width: int) -> list[str]:
    total: dict[str, Decimal] = defaultdict(Decimal)
    for finding in waste:
        if finding["monthly_saving"] is not None:
            total[finding["currency"]] += Decimal(finding["monthly_saving"])
    lines = [
        f"wasted every month: {amounts(total)} in {len(waste)} findings",
        *wrapped(f"demo prices: list prices{_dates(waste)}; demo resources, marked demo", width, indent="  "),
        "",
        f"the {min(WORST, len(waste))} worst",
    ]
    for finding in waste[:WORST]:
        lines += [*finding_lines(finding, width), f"    {evidence(result.api, finding)}"]
    return [*lines, ""]


def _dates(findings: Iterable[Document]) -> str:
    """The dates of the price list that the savings were computed from."""
    prices = [finding["evidence"]["price"] for finding in findings if "price" in finding["evidence"]]
    dates = sorted(price["source_date"] for price in prices if price["source_date"])
    return f" of {dates[0]} to {dates[-1]}" if dates else ""


def _exposed(exposed: Sequence[Document], result: Result, width: int) -> list[str]:
    lines = [f"exposed: {len(exposed)} findings"]
    for finding in exposed[:EXPOSED]:
        lines += [*wrapped(f"{finding['severity']}  {finding['rule']}: {finding['reason']}", width, indent="  ")]
        lines += [f"    {finding['resource_id']}", f"    {evidence(result.api, finding)}"]
    if len(exposed) > EXPOSED:
        lines.append(f"  and {len(exposed) - EXPOSED} more: {CURL} '{result.api}/api/v1/findings?category=security'")
    return [*lines, ""]


def evidence(api: str, finding: Document) -> str:
    """The request that shows the evidence of a finding."""
    return f"{CURL} {api}/api/v1/findings/{finding['id']}"


def _unseen(scans: Iterable[Document], width: int) -> list[str]:
    lines: list[str] = []
    for scan in scans:
        report = scan["coverage"]
        lines.append(
            f"account {scan['account_id']}: coverage {report['services_reached']}/{report['services_total']} services"
        )
        lines += gaps_lines(_gaps_of(report), width, shown=len(report["gaps"]))
    return ["what could not be seen", *lines, ""]


def _gaps_of(report: Document) -> Gaps:
    gaps: Gaps = {}
    for told in report["gaps"]:
        add_gap(gaps, msgspec.convert({"region": "", **told}, Coverage), told["regions"])
    return gaps


def _pipeline(result: Result, width: int) -> list[str]:
    events = _sum(scan["counts"]["events"] for scan in result.scans)
    resources = _sum(scan["counts"]["resources"] for scan in result.scans)
    calls = sum(int(scan["calls"]["total"]) for scan in result.scans)
    return [
        *wrapped(f"events by category: {_counted(events)}", width),
        *wrapped(f"resources by service: {_counted(resources)}", width),
        f"{calls:,} API calls, {result.seconds:.1f} s",
    ]


def _sum(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return total


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common()) or "none"


def farewell(api: str, page: str, key: str, *, calls: int, price: str) -> list[str]:
    """Where to look, and what to do for one's own account."""
    return [
        "",
        f"key       export SENTINEL_API_KEY={key}",
        f"page      {page}",
        f"          opens once; then {api}/ asks for the key",
        f"API       {api}/api/v1/findings   (documented at {api}/docs)",
        f"yours     {as_called()} scan aws --regions eu-west-1",
        f"          about {calls:,} API calls for 1,000 resources of each service",
        f"          ({price})",
        f"          service by service: {as_called()} scan aws --estimate",
    ]
