"""``sentinel raw``: the raw answers that were kept of a scan, straight from the folder."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from cli import names
from cli.configuration import load_settings
from cli.exits import CommandError, ExitCode
from cli.text import table

if TYPE_CHECKING:
    from pathlib import Path

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")


def print_kept(scan_id: str | None, task_id: str | None, operation: str | None, output_format: str) -> int:
    """How many answers were kept, by task, attempt and operation; without a scan, the scans."""
    form = names.choice("--format", output_format, ("table", "json"))
    folder = _folder()
    counted = _scans(folder) if scan_id is None else _counts(folder, _known(folder, scan_id), task_id, operation)
    lines = list(counted)
    if form == "json":
        print(*(msgspec.json.encode(line).decode() for line in lines), sep="\n", end="\n" if lines else "")
    elif lines:
        print("\n".join(table([tuple(lines[0]), *(tuple(map(str, line.values())) for line in lines)])))
    if not lines:
        print("nothing was kept", file=sys.stderr)
    return ExitCode.CLEAN


def print_answers(scan_id: str, task_id: str | None, operation: str | None) -> int:
    """The answers, one JSON line each."""
    from connections.raw import answers

    folder, told = _folder(), False
    for answer in answers(folder, _known(folder, scan_id), task_id=task_id or "", operation=operation or ""):
        print(msgspec.json.encode(answer).decode())
        told = True
    if not told:
        print(f"nothing was kept; what there is: sentinel raw list --scan {scan_id}", file=sys.stderr)
    return ExitCode.CLEAN


def _folder() -> Path:
    folder = load_settings().raw
    if folder is None:
        reason = "no raw answers are kept: SENTINEL_RAW is not set; name a folder, for the workers and for this shell"
        raise CommandError(ExitCode.BAD_INPUT, reason)
    return folder


def _known(folder: Path, scan_id: str) -> str:
    from connections.raw import scans_in

    known = scans_in(folder)
    if not _NAME.fullmatch(scan_id) or scan_id not in known:
        raise names.unknown("scan", scan_id, known, of=f" in {folder}", listing="sentinel raw list")
    return scan_id


def _scans(folder: Path) -> Iterator[dict[str, object]]:
    from connections.raw import scans_in

    for scan_id in scans_in(folder):
        files = [each for each in (folder / scan_id).iterdir() if each.name.endswith(".jsonl.gz")]
        yield {"scan": scan_id, "tasks": len(files), "bytes": sum(each.stat().st_size for each in files)}


def _counts(folder: Path, scan_id: str, task_id: str | None, operation: str | None) -> Iterator[dict[str, object]]:
    from connections.raw import answers

    counts: Counter[tuple[str, int, str]] = Counter()
    for answer in answers(folder, scan_id, task_id=task_id or "", operation=operation or ""):
        left_out = answer.get("left_out", 0)
        told = f"(left out: {left_out}, no room)" if left_out else answer["operation"]
        counts[answer["task_id"], answer["attempt"], told] += left_out or 1
    for (task, attempt, told), answers_ in sorted(counts.items()):
        yield {"task": task, "attempt": attempt, "operation": told, "answers": answers_}
