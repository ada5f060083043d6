"""The reports of a scan: what they are about, and how they get into their files, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from cli.exits import CommandError, ExitCode
from schemas.scan import RuleCount

if TYPE_CHECKING:
    from cli.scan.findings import Finding
    from schemas.scan import Coverage

Kind = Literal["sarif", "junit", "json", "markdown"]
KINDS: Final[tuple[Kind, ...]] = ("sarif", "junit", "json", "markdown")


@dataclass(frozen=True, slots=True)
class ReportFile:
    """One ``--report KIND=FILE``."""

    kind: Kind
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What all reports tell. A service that is not in ``covered`` was not seen to the end, so it is never clean."""

    provider: str
    account: str
    principal: str
    asof: datetime
    regions: tuple[str, ...]
    services: tuple[str, ...]
    covered: tuple[str, ...]
    complete: bool
    has_baseline: bool
    demo: bool
    findings: tuple[Finding, ...]
    gaps: tuple[Coverage, ...]
    judged: dict[tuple[str, str], tuple[RuleCount, ...]]

    @property
    def unseen(self) -> tuple[str, ...]:
        """Services that were asked for and that no gap explains: not in any region that is enabled."""
        told = {gap.service for gap in self.gaps}
        return tuple(name for name in self.services if name not in self.covered and name not in told)

    @property
    def judged_well(self) -> dict[tuple[str, str], RuleCount]:
        """By service and rule, summed: those of services that were seen to the end."""
        return {
            (service, rule): _sum(service, rule, counts)
            for (service, rule), counts in sorted(self.judged.items())
            if service in self.covered
        }


def _sum(service: str, rule: str, counts: tuple[RuleCount, ...]) -> RuleCount:
    return RuleCount(
        rule,
        service,
        ok=sum(one.ok for one in counts),
        wasted=sum(one.wasted for one in counts),
        exposed=sum(one.exposed for one in counts),
        insufficient_data=sum(one.insufficient_data for one in counts),
        excluded=sum(one.excluded for one in counts),
        thresholds=counts[0].thresholds,
    )


def render(report: Report, kind: Kind) -> str:
    """The text of one kind of report."""
    from cli.scan.report_json import as_json
    from cli.scan.report_junit import as_junit
    from cli.scan.report_markdown import as_markdown
    from cli.scan.report_sarif import as_sarif

    renderers: dict[Kind, Callable[[Report], str]] = {
        "sarif": as_sarif,
        "junit": as_junit,
        "json": as_json,
        "markdown": as_markdown,
    }
    return renderers[kind](report)


def write_whole(option: str, path: Path, text: str) -> None:
    """Write a file so that it is there whole or as it was before, whatever happens in between."""
    try:
        descriptor, draft = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    except OSError as error:
        raise CommandError(ExitCode.BAD_INPUT, f"{option} {path}: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(draft).unlink()
        raise
