"""JUnit XML, as build servers read it: a finding fails, what is known or cannot be judged is skipped, a gap errs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

from cli.money import written

if TYPE_CHECKING:
    from cli.scan.findings import Finding
    from cli.scan.report import Report
    from schemas.scan import Coverage, RuleCount

NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""
COUNTED: Final = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def as_junit(report: Report) -> str:
    """One suite a service, one case a finding, a rule without findings, or a gap."""
    root = ElementTree.Element("testsuites", name="cloud-sentinel")
    for service in report.services:
        suite = ElementTree.SubElement(root, "testsuite", name=f"{report.provider}.{service}")
        suite.set("timestamp", report.asof.replace(tzinfo=None).isoformat(timespec="seconds"))
        suite.extend(_cases(report, service))
        _count(suite, len(suite))
    if not report.complete and not report.gaps and not report.unseen:
        suite = ElementTree.SubElement(root, "testsuite", name=f"{report.provider}.coverage")
        suite.append(_case(f"{report.provider}.coverage", "all that was asked for", "error", "not all of it was seen"))
        _count(suite, len(suite))
    _count(root, sum(len(suite) for suite in root))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _count(element: ElementTree.Element, tests: int) -> None:
    element.set("tests", str(tests))
    for name, tag in COUNTED.items():
        element.set(name, str(sum(1 for _ in element.iter(tag))))


def _cases(report: Report, service: str) -> Iterator[ElementTree.Element]:
    prefix = f"{report.provider}.{service}"
    found = [one for one in report.findings if one.service == service]
    for one in found:
        yield _finding_case(f"{prefix}.{one.rule}", one)
    with_findings = {one.rule for one in found}
    for (owner, rule), count in report.judged_well.items():
        if owner == service and rule not in with_findings:
            yield _rule_case(f"{prefix}.{rule}", count)
    for gap in report.gaps:
        if gap.service == service:
            yield _gap_case(prefix, gap)
    if service in report.unseen:
        yield _case(prefix, "coverage", "error", "not seen in any region", "unseen")


def _finding_case(classname: str, finding: Finding) -> ElementTree.Element:
    if finding.known:
        return _case(classname, finding.resource_id, "skipped", f"in the baseline: {finding.reason}")
    text = f"{finding.severity}: {finding.reason}{_saving(finding)}"
    return _case(classname, finding.resource_id, "failure", text, finding.severity)


def _saving(finding: Finding) -> str:
    if finding.category == "security":
        return ""
    return f" (saves {written(finding.monthly_saving, finding.currency)} a month)"


def _rule_case(classname: str, count: RuleCount) -> ElementTree.Element:
    """Passed when every resource could be judged."""
    if count.insufficient_data:
        return _case(classname, "every resource", "skipped", f"not enough data for {count.insufficient_data} resources")
    return _case(classname, "every resource")


def _gap_case(prefix: str, gap: Coverage) -> ElementTree.Element:
    call = gap.action or gap.operation
    text = f"{gap.status}: {call}: {gap.reason}"
    return _case(f"{prefix}.coverage", f"{gap.region} {gap.scope} {call}", "error", text, gap.status)


def _case(classname: str, name: str, tag: str = "", message: str = "", kind: str = "") -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=classname, name=_plain(name))
    if tag:
        told = ElementTree.SubElement(case, tag, message=_plain(message))
        if kind:
            told.set("type", kind)
    return case


def _plain(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)
