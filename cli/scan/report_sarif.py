"""SARIF 2.1.0 (OASIS Standard): one run, one result a finding; what was not seen is an error of the invocation."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from schemas.catalogue import RuleEntry, check_provider

if TYPE_CHECKING:
    from cli.scan.findings import Finding
    from cli.scan.report import Report
    from schemas.scan import Coverage

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Final = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "informational": "note"}
FINGERPRINT: Final = "cloudSentinelFinding/v1"


def as_sarif(report: Report) -> str:
    """The log, indented."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    return json.dumps(log, indent=2, default=str) + "\n"


def _run(report: Report) -> dict[str, Any]:
    rules = _rules(report)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    return {
        "tool": {"driver": {"name": "Cloud Sentinel", "version": version("cloud-sentinel"), "rules": rules}},
        "automationDetails": {"id": f"cloud-sentinel/{report.provider}/{report.account}/"},
        "invocations": [_invocation(report)],
        "results": [_result(report, one, index[one.rule]) for one in report.findings],
        "properties": {"demo": report.demo, "asof": report.asof.isoformat(), "regions": list(report.regions)},
    }


def _rules(report: Report) -> list[dict[str, Any]]:
    """Those that were evaluated or that found something, each id once."""
    wanted = {one.rule for one in report.findings} | {rule for _, rule in report.judged}
    services = check_provider(report.provider).services
    known = {rule.id: rule for service in services for rule in service.rules}
    return [_rule(known[name]) for name in sorted(wanted)]


def _rule(rule: RuleEntry) -> dict[str, Any]:
    worst = rule.severities[0] if rule.severities else "medium"
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.description.partition(". ")[0].rstrip(".") + "."},
        "fullDescription": {"text": rule.description},
        "help": {"text": f"sentinel rules explain {rule.id}"},
        "defaultConfiguration": {"level": LEVELS[worst]},
        "properties": {"tags": [rule.category], "thresholds": rule.thresholds},
    }


def _invocation(report: Report) -> dict[str, Any]:
    """Successful only when everything that was asked for was seen."""
    return {
        "executionSuccessful": report.complete,
        "toolExecutionNotifications": [
            *(_notification(f"{gap.service}.{gap.status}", _lost(gap)) for gap in report.gaps),
            *(_notification(f"{name}.unseen", f"{name} was not seen in any region") for name in report.unseen),
        ],
    }


def _notification(identity: str, text: str) -> dict[str, Any]:
    return {"descriptor": {"id": identity}, "level": "error", "message": {"text": text}}


def _lost(gap: Coverage) -> str:
    return f"{gap.status}: {gap.action or gap.operation} ({gap.service}, {gap.region}): {gap.reason}"


def _result(report: Report, finding: Finding, rule_index: int) -> dict[str, Any]:
    place = {"name": finding.resource_id.rpartition("/")[2], "fullyQualifiedName": finding.resource_id}
    state = {"baselineState": "unchanged" if finding.known else "new"} if report.has_baseline else {}
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": LEVELS[finding.severity],
        "message": {"text": f"{finding.resource_id}: {finding.reason}"},
        "locations": [{"logicalLocations": [{**place, "kind": "resource"}]}],
        "partialFingerprints": {FINGERPRINT: finding.id},
        **state,
        "properties": {
            "severity": finding.severity,
            "service": finding.service,
            "resourceType": finding.resource_type,
            "account": finding.account,
            "region": finding.region,
            "monthlySaving": finding.monthly_saving,
            "currency": finding.currency,
            "evidence": finding.evidence,
        },
    }
