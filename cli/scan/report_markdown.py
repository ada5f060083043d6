"""The report as Markdown, for a pull request or a wiki."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from cli.money import written

if TYPE_CHECKING:
    from cli.scan.findings import Finding
    from cli.scan.report import Report


def as_markdown(report: Report) -> str:
    """Coverage first: it says how much the rest is worth."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    mark = " (demo: nothing in it is real)" if report.demo else ""
    yield f"# Cloud Sentinel: {report.provider} {report.account}{mark}\n"
    yield f"As of {report.asof:%Y-%m-%d %H:%M} UTC, regions {', '.join(report.regions) or 'none'}.\n"
    yield f"## Coverage: {len(report.covered)}/{len(report.services)} services\n"
    if report.complete:
        yield "Everything that was asked for was seen.\n"
    else:
        yield "**Not everything could be seen. What is missing below is not clean.**\n"
        yield from _gaps(report)
    yield from _findings(report)


def _gaps(report: Report) -> Iterator[str]:
    yield "| service | region | status | call | reason |\n|---|---|---|---|---|"
    for gap in report.gaps:
        call = _code(gap.action or gap.operation)
        yield f"| {gap.service} | {gap.region} | {gap.status} | {call} | {_cell(gap.reason)} |"
    for name in report.unseen:
        yield f"| {name} | | unseen | | not seen in any region |"
    yield ""


def _findings(report: Report) -> Iterator[str]:
    known = sum(one.known for one in report.findings)
    of_them = f", {known} of them in the baseline" if report.has_baseline else ""
    yield f"## Findings: {len(report.findings)}{of_them}\n"
    if not report.findings:
        return
    yield f"Estimated saving a month: {_total(report.findings)}.\n"
    baseline = " baseline |" if report.has_baseline else ""
    yield f"| severity | rule | resource | why | saving a month |{baseline}"
    yield "|---|---|---|---|---:|" + ("---|" if report.has_baseline else "")
    for one in report.findings:
        state = f" {'known' if one.known else 'new'} |" if report.has_baseline else ""
        saving = "" if one.category == "security" else written(one.monthly_saving, one.currency)
        yield f"| {one.severity} | `{one.rule}` | {_code(one.resource_id)} | {_cell(one.reason)} | {saving} |{state}"


def _total(findings: tuple[Finding, ...]) -> str:
    """By currency; what has no price is counted, not added."""
    sums: dict[str, Decimal] = {}
    for one in findings:
        if one.monthly_saving is not None:
            sums[one.currency or ""] = sums.get(one.currency or "", Decimal(0)) + Decimal(one.monthly_saving)
    told = [f"{value:,.2f} {currency}" for currency, value in sorted(sums.items())] or ["0.00"]
    unpriced = sum(one.monthly_saving is None and one.category == "waste" for one in findings)
    return " + ".join(told) + (f", and {unpriced} without a price" if unpriced else "")


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("`", "'")
