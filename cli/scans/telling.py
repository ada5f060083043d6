"""Scans of a server in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from cli.money import amounts
from cli.text import table, wrapped
from schemas.scan import GAPS

Scan = Mapping[str, Any]


def listed(scans: Sequence[Scan], *, more: bool) -> list[str]:
    """One line for each scan, the newest first."""
    if not scans:
        return ["no scans; ask for one: POST /api/v1/scans"]
    rows = [["SCAN", "STATUS", "ACCOUNT", "ACCEPTED", "TOOK"]]
    rows += [
        [scan["scan_id"], scan["status"], _account(scan), _moment(scan["created_at"]), _took(scan)] for scan in scans
    ]
    return [*table(rows), *(["there are more: --limit N"] if more else [])]


def told(scan: Scan, width: int) -> list[str]:
    """One scan: how far it is, what it found, what it could not see and what would open that."""
    demo = ", demo" if scan["demo"] else ""
    return [
        f"{scan['scan_id']}  {scan['status']}",
        f"  {_account(scan)}{demo}, accepted {_moment(scan['created_at'])}, took {_took(scan)}",
        *([f"  looks again at what {scan['retry_of']} missed"] if scan["retry_of"] else []),
        *(wrapped(scan["error"], width, indent="  ") if scan["error"] else []),
        f"  tasks     {_counted(scan['tasks']['by_status'])}",
        f"  resources {_counted(scan['counts']['resources'])}",
        f"  findings  {_findings(scan['counts']['findings'])}",
        *_told_since(scan),
        f"  calls     {scan['calls']['total']:,}, throttled {scan['calls']['throttles']:,}",
        *_failures(scan, width),
        *_gaps(scan["coverage"], width),
        *_callback(scan),
    ]


def _told_since(scan: Scan) -> Iterator[str]:
    """Else an old scan would look as if it had found nothing."""
    found = sum(task["findings"] for task in scan["tasks"]["items"])
    left = scan["counts"]["findings"]["findings"]
    if scan["finished_at"] and left < found:
        yield f"            {found - left:,} more were ignored, resolved or told again by a newer scan"


def _failures(scan: Scan, width: int) -> Iterator[str]:
    for task in scan["tasks"]["items"]:
        if task["status"] == "FAILED":
            place = f"{task['family'] or task['kind']} {task['region']}".strip()
            yield from wrapped(f"failed: {place}, attempt {task['attempt']}: {task['error']}", width, indent="  ")


def _gaps(coverage: Mapping[str, Any], width: int) -> Iterator[str]:
    yield f"  coverage  {coverage['services_reached']} of {coverage['services_total']} services seen whole"
    for gap in coverage["gaps"]:
        if gap["status"] in GAPS:
            what = gap["action"] or gap["operation"]
            text = f"{gap['status']}: {gap['service']} {gap['scope']} in {', '.join(gap['regions'])}"
            yield from wrapped(f"{text}{f' ({what})' if what else ''}: {gap['reason']}", width, indent="    ")
            if gap["statement"]:
                yield f"      opens it: {json.dumps(gap['statement'])}"


def _callback(scan: Scan) -> list[str]:
    called = scan["callback"]
    if called is None:
        return []
    if called["delivered_at"]:
        return [f"  call-back delivered {_moment(called['delivered_at'])} to {called['url']}"]
    state = "given up" if called["gave_up_at"] else "not delivered yet"
    return [f"  call-back {state} after {called['attempts']} attempts: {called['last_error'] or 'waiting'}"]


def _findings(totals: Mapping[str, Any]) -> str:
    money = amounts({currency: Decimal(text) for currency, text in totals["monthly_saving"].items()})
    kinds = ", ".join(f"{each['findings']} {severity}" for severity, each in totals["by_severity"].items())
    return f"{totals['findings']}{f' ({kinds})' if kinds else ''}, {money} a month"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"


def _account(scan: Scan) -> str:
    return f"{scan['provider']} {scan['account_id'] or '-'}"


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"


def _took(scan: Scan) -> str:
    seconds = scan["duration_seconds"]
    return "-" if seconds is None else f"{seconds:.1f} s"
