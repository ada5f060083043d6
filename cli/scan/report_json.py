"""The report as JSON: everything that the other kinds tell, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from cli.scan.report import Report

VERSION: Final = 1


def as_json(report: Report) -> str:
    """One document, indented."""
    document = {
        "version": VERSION,
        "provider": report.provider,
        "account": report.account,
        "principal": report.principal,
        "asof": report.asof,
        "demo": report.demo,
        "regions": report.regions,
        "coverage": {
            "complete": report.complete,
            "services": report.services,
            "covered": report.covered,
            "unseen": report.unseen,
            "gaps": report.gaps,
        },
        "rules": list(report.judged_well.values()),
        "findings": report.findings,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
