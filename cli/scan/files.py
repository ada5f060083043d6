"""The files that a finished scan leaves for a pipeline: its reports and its baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.scan.findings import Findings, baseline_text
from cli.scan.report import Report, render, write_whole

if TYPE_CHECKING:
    from cli.scan.engine import ScanRun
    from cli.scan.pipeline import Pipeline


def write_files(wishes: Pipeline, run: ScanRun, findings: Findings) -> None:
    """Write them, each whole. An interrupted scan writes none."""
    report = report_of(run, findings, has_baseline=wishes.known is not None)
    for wish in wishes.reports:
        write_whole("--report", wish.path, render(report, wish.kind))
    if wishes.write_baseline is not None:
        write_whole("--write-baseline", wishes.write_baseline, baseline_text(findings.ordered))


def known_line(findings: Findings) -> str:
    """``baseline 3 of 9 findings are known``."""
    return f"baseline {findings.known} of {len(findings.by_id)} findings are known and do not count for --fail-on"


def report_of(run: ScanRun, findings: Findings, *, has_baseline: bool) -> Report:
    """What the reports are about."""
    found = run.discovery
    return Report(
        provider=run.spec.provider,
        account=found.account_id if found else "unknown",
        principal=found.principal if found else "unknown",
        asof=run.spec.asof,
        regions=tuple(sorted({task.region for task in run.planned})),
        services=run.spec.services,
        covered=run.tally.covered,
        complete=not run.tally.incomplete,
        has_baseline=has_baseline,
        demo=run.clients.demo,
        findings=tuple(findings.ordered),
        gaps=tuple(sorted(findings.gaps, key=lambda gap: (gap.service, gap.region, gap.action or gap.operation))),
        judged={key: tuple(counts) for key, counts in findings.judged.items()},
    )
