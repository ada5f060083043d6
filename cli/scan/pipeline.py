"""What a pipeline wants of a scan: reports in files, and findings that are known and do not count."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cli import names
from cli.exits import CommandError, ExitCode
from cli.scan.report import KINDS, Kind, ReportFile

if TYPE_CHECKING:
    from cli.scan.request import Options

FINDINGS_IN = {"waste", "security"}
"""The categories that have findings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The checked wishes. ``known`` has the ids of the baseline; None without one."""

    reports: tuple[ReportFile, ...] = ()
    known: frozenset[str] | None = None
    write_baseline: Path | None = None

    @property
    def keeps_findings(self) -> bool:
        """Whether the findings are needed one by one."""
        return bool(self.reports) or self.known is not None or self.write_baseline is not None


def read_pipeline(options: Options) -> Pipeline:
    """The wishes, checked before anything is scanned. Raises ``CommandError`` (exit 2)."""
    from cli.scan.findings import read_baseline

    wishes = Pipeline(
        reports=tuple(_report(text, force=options.force) for text in options.reports),
        known=read_baseline(Path(options.baseline)) if options.baseline else None,
        write_baseline=_baseline(options.write_baseline, force=options.force),
    )
    if wishes.keeps_findings:
        _require_findings(names.split(options.categories))
    _require_different(options.output, wishes)
    return wishes


def _report(text: str, *, force: bool) -> ReportFile:
    kind, separator, path = text.partition("=")
    if not separator or not path:
        raise CommandError(ExitCode.BAD_INPUT, f'--report "{text}": KIND=FILE, where KIND is {", ".join(KINDS)}')
    return ReportFile(cast("Kind", names.choice("--report", kind, KINDS)), free("--report", path, force=force))


def _baseline(path: str | None, *, force: bool) -> Path | None:
    return None if path is None else free("--write-baseline", path, force=force)


def _require_findings(categories: tuple[str, ...] | None) -> None:
    """A report without the categories that have findings would look clean."""
    if categories is not None and not FINDINGS_IN & set(categories):
        raise CommandError(
            ExitCode.BAD_INPUT, "--report and the baseline need findings: add waste or security to --categories"
        )


def _require_different(output: str | None, wishes: Pipeline) -> None:
    files = [report.path for report in wishes.reports] + ([wishes.write_baseline] if wishes.write_baseline else [])
    files += [Path(output)] if output and output != "-" else []
    seen: set[Path] = set()
    for file in (path.absolute().resolve() for path in files):
        if file in seen:
            raise CommandError(ExitCode.BAD_INPUT, f"{file} is named twice: each output needs a file of its own")
        seen.add(file)


def free(option: str, name: str, *, force: bool) -> Path:
    """The path of a file to write. Raises ``CommandError`` when it cannot be, or is there and may not be replaced."""
    path = Path(name)
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise CommandError(ExitCode.BAD_INPUT, f"{option} {path}: not a file in an existing folder")
    if path.exists() and not force and path.is_file():
        raise CommandError(ExitCode.BAD_INPUT, f"{option} {path} is there already: --force overwrites it")
    return path
