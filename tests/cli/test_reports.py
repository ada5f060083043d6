"""Findings as code: reports and baselines, as a pipeline uses them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cli.scan.findings import Finding, baseline_text, read_baseline
from cli.scan.report import KINDS, Report, render, write_whole
from demo_cloud import DemoCloud
from schemas.event import decode
from schemas.finding import finding_id
from schemas.scan import Coverage, RuleCount
from tests.cli.conftest import ACCOUNT
from tests.cli.terminal import Ran
from tests.cli.test_scan import scan

SMALL = ("--services", "ebs,eip", "--regions", "eu-west-1,us-east-1")
SUFFIX = {"sarif": "sarif", "junit": "xml", "json": "json", "markdown": "md"}
LEVELS = {"none", "note", "warning", "error"}


@dataclass(frozen=True)
class Done:
    """A scan with every report and a baseline, and what the events themselves say."""

    ran: Ran
    home: Path
    findings: dict[str, dict[str, Any]]

    def text(self, kind: str) -> str:
        return (self.home / f"report.{SUFFIX[kind]}").read_text()


def asked(home: Path) -> list[str]:
    reports = [f"--report={kind}={home / 'report'}.{suffix}" for kind, suffix in SUFFIX.items()]
    return [*reports, f"--write-baseline={home / 'baseline.json'}"]


def found_in(ran: Ran) -> dict[str, dict[str, Any]]:
    """Id to value of each finding, from the events on standard output."""
    events = [decode(line) for line in ran.out.splitlines()]
    values = [(event, event.data.value) for event in events if event.category in {"waste", "security"}]
    return {
        finding_id("default", event.subject, value["rule"]): {**value, "resource": event.subject}
        for event, value in values
        if isinstance(value, dict) and value["outcome"] in {"waste", "exposed"}
    }


@pytest.fixture(scope="module")
def done(shared_cloud: DemoCloud, tmp_path_factory: pytest.TempPathFactory) -> Done:
    home = tmp_path_factory.mktemp("reports")
    ran = scan(shared_cloud, home, *SMALL, *asked(home))
    assert ran.code == 0, ran.err
    return Done(ran, home, found_in(ran))


@pytest.fixture
def closed(cloud: DemoCloud) -> Iterator[DemoCloud]:
    """The account lets its addresses be seen, and no volumes."""
    cloud.allow({ACCOUNT: ["ec2:DescribeRegions", "ec2:DescribeAddresses"]})
    yield cloud
    cloud.allow({})


def check_sarif(text: str) -> dict[str, Any]:
    """What the SARIF 2.1.0 standard requires of the parts that are used, by the numbers of its sections."""
    log = json.loads(text)
    assert log["version"] == "2.1.0"  # 3.13.2
    assert set(log) <= {"$schema", "version", "runs", "inlineExternalProperties", "properties"}
    [run] = log["runs"]
    driver = run["tool"]["driver"]  # 3.14.6, 3.18.2
    assert driver["name"]  # 3.19.8
    ids = [rule["id"] for rule in driver["rules"]]  # 3.49.3
    assert len(set(ids)) == len(ids)
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]  # 3.12.3
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in LEVELS  # 3.50.3
    for invocation in run["invocations"]:
        assert isinstance(invocation["executionSuccessful"], bool)  # 3.20.14
        for notification in invocation["toolExecutionNotifications"]:
            assert notification["message"]["text"]  # 3.58.5
            assert notification["level"] in LEVELS
            assert notification["descriptor"]["id"]  # 3.52.4
    for result in run["results"]:
        assert result["message"]["text"]  # 3.27.11
        assert result["level"] in LEVELS  # 3.27.10
        assert ids[result["ruleIndex"]] == result["ruleId"]  # 3.27.6
        assert result.get("baselineState", "new") in {"new", "unchanged", "updated", "absent"}  # 3.27.24
        assert all(isinstance(value, str) for value in result["partialFingerprints"].values())  # 3.27.17
        for location in result["locations"]:
            assert all(place["fullyQualifiedName"] for place in location["logicalLocations"])  # 3.33.5
    return dict(run)


def test_every_report_has_every_finding(done: Done) -> None:
    assert len(done.findings) > 5
    told = json.loads(done.text("json"))
    assert {one["id"]: one["monthly_saving"] for one in told["findings"]} == {
        identity: value["monthly_saving"] for identity, value in done.findings.items()
    }
    run = check_sarif(done.text("sarif"))
    assert {one["partialFingerprints"]["cloudSentinelFinding/v1"] for one in run["results"]} == set(done.findings)
    assert all("baselineState" not in one for one in run["results"])
    cases = ElementTree.fromstring(done.text("junit")).iter("testcase")
    failed = {
        (case.get("name"), (case.get("classname") or "").split(".", 2)[2])
        for case in cases
        if case.find("failure") is not None
    }
    assert failed == {(value["resource"], value["rule"]) for value in done.findings.values()}
    rows = [line for line in done.text("markdown").splitlines() if line.startswith("| ") and "`arn:" in line]
    assert len(rows) == len(done.findings)


def test_a_complete_scan_is_a_success(done: Done) -> None:
    [invocation] = check_sarif(done.text("sarif"))["invocations"]
    assert invocation == {"executionSuccessful": True, "toolExecutionNotifications": []}
    coverage = json.loads(done.text("json"))["coverage"]
    assert (coverage["complete"], coverage["gaps"], coverage["covered"]) == (True, [], coverage["services"])
    assert "Everything that was asked for was seen." in done.text("markdown")


def counted(element: ElementTree.Element) -> dict[str, str]:
    cases = list(element.iter("testcase"))
    numbers = {"tests": len(cases)}
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        numbers[name] = sum(case.find(tag) is not None for case in cases)
    return {name: str(number) for name, number in numbers.items()}


def test_junit_counts_what_it_has(done: Done) -> None:
    root = ElementTree.fromstring(done.text("junit"))
    for element in (root, *root):
        assert {name: element.get(name) for name in counted(element)} == counted(element)
    assert root.get("failures") == str(len(done.findings))
    assert root.get("errors") == "0"


def test_a_baseline_lets_known_findings_be(done: Done, cloud: DemoCloud, home: Path) -> None:
    baseline = done.home / "baseline.json"
    assert read_baseline(baseline) == set(done.findings)
    report = f"--report=sarif={home / 'again.sarif'}"
    ran = scan(cloud, home, *SMALL, "--fail-on", "informational", "--baseline", str(baseline), report)
    assert ran.code == 0
    number = len(done.findings)
    assert f"baseline {number} of {number} findings are known" in ran.err
    run = check_sarif((home / "again.sarif").read_text())
    assert {one["baselineState"] for one in run["results"]} == {"unchanged"}


def test_a_finding_that_is_not_in_the_baseline_counts(done: Done, cloud: DemoCloud, home: Path) -> None:
    entries = json.loads((done.home / "baseline.json").read_text())
    new = next(one for one in entries["findings"] if one["rule"] == "disk.unattached")
    entries["findings"].remove(new)
    (home / "baseline.json").write_text(json.dumps(entries))
    arguments = (*SMALL, "--baseline", str(home / "baseline.json"), "--quiet")
    ran = scan(cloud, home, *arguments, "--fail-on", "high", f"--report=junit={home / 'report.xml'}")
    assert (ran.code, ran.err) == (1, "")
    [failed] = [
        case for case in ElementTree.parse(home / "report.xml").iter("testcase") if case.find("failure") is not None
    ]
    assert (failed.get("name"), failed.get("classname")) == (new["resource_id"], f"aws.ebs.{new['rule']}")
    assert scan(cloud, home, *arguments, "--fail-on", "critical").code == 0


def test_what_is_denied_is_an_error_and_never_clean(closed: DemoCloud, home: Path) -> None:
    ran = scan(closed, home, *SMALL, *asked(home), "--quiet")
    assert ran.code == 4
    root = ElementTree.parse(home / "report.xml").getroot()
    suite = {one.get("name"): one for one in root}
    errors = [case for case in suite["aws.ebs"] if case.find("error") is not None]
    assert {case.get("name") for case in errors} >= {"eu-west-1 listing ec2:DescribeVolumes"}
    assert len(errors) == len(suite["aws.ebs"])
    assert suite["aws.eip"].get("errors") == "0"
    assert suite["aws.eip"].get("tests") != "0"
    [invocation] = check_sarif((home / "report.sarif").read_text())["invocations"]
    assert not invocation["executionSuccessful"]
    assert any("ec2:DescribeVolumes" in one["message"]["text"] for one in invocation["toolExecutionNotifications"])
    coverage = json.loads((home / "report.json").read_text())["coverage"]
    assert (coverage["complete"], coverage["covered"]) == (False, ["eip"])
    assert "is not clean" in (home / "report.md").read_text()


@pytest.mark.parametrize("option", ["--report=sarif={}", "--write-baseline={}"])
def test_a_file_is_replaced_only_when_it_may_be(cloud: DemoCloud, home: Path, option: str) -> None:
    target = home / "mine"
    target.write_text("mine")
    arguments = ("--services", "eip", "--regions", "eu-west-1", "--quiet", option.format(target))
    refused = scan(cloud, home, *arguments)
    assert (refused.code, target.read_text(), refused.out) == (2, "mine", "")
    assert "--force" in refused.err
    assert cloud.calls()["total"] == 0
    assert scan(cloud, home, *arguments, "--force").code == 0
    assert json.loads(target.read_text())["version"]
    assert [path.name for path in home.iterdir() if "mine" in path.name] == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--report=html=x"], "unknown value for --report"),
        (["--report=serif=x"], 'did you mean "sarif"?'),
        (["--report=x.sarif"], "KIND=FILE"),
        (["--report=sarif="], "KIND=FILE"),
        (["--report=sarif=nowhere/x"], "not a file in an existing folder"),
        (["--report=sarif=x", "--report=json=./x"], "named twice"),
        (["--report=sarif=x", "--output=x"], "named twice"),
        (["--report=sarif=x", "--categories=metadata"], "add waste or security"),
        (["--baseline=none.json"], "--baseline none.json: No such file"),
        (["--baseline=broken.json"], "--baseline broken.json is no baseline"),
        (["--baseline=newer.json"], "version 2, not 1"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_what_cannot_be_is_told_before_anything_is_called(home: Path, arguments: list[str], said: str) -> None:
    (home / "broken.json").write_text('{"version": 1, "findings": [{"id": 3}]}')
    (home / "newer.json").write_text('{"version": 2, "findings": []}')
    from tests.cli.terminal import sentinel

    ran = sentinel("scan", "aws", *arguments, home=home)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1
    assert {path.name for path in home.iterdir()} == {"broken.json", "newer.json"}


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "report"
    target.write_text("before")
    with pytest.raises(UnicodeEncodeError):
        write_whole("--report", target, "half of it " * 10_000 + "\ud800")
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def finding(**change: Any) -> Finding:
    told: dict[str, Any] = {
        "id": "0" * 32,
        "rule": "disk.unattached",
        "category": "waste",
        "severity": "high",
        "resource_id": "arn:aws:ec2:eu-west-1:111111111111:volume/vol-1",
        "resource_type": "AWS::EC2::Volume",
        "service": "ebs",
        "account": ACCOUNT,
        "region": "eu-west-1",
        "reason": "attached to <nothing> & \x00 | `old`",
        "monthly_saving": "8.80",
        "currency": "USD",
        "evidence": {},
        "event_type": "aws.waste.ebs.unattached",
        "known": False,
    }
    return Finding(**{**told, **change})


def report(**change: Any) -> Report:
    told: dict[str, Any] = {
        "provider": "aws",
        "account": ACCOUNT,
        "principal": "somebody",
        "asof": datetime(2026, 11, 21, 4, tzinfo=UTC),
        "regions": ("eu-west-1",),
        "services": ("ebs", "eip"),
        "covered": ("ebs", "eip"),
        "complete": True,
        "has_baseline": False,
        "demo": False,
        "findings": (),
        "gaps": (),
        "judged": {},
    }
    return Report(**{**told, **change})


def cases(told: Report) -> dict[str, tuple[str, str]]:
    """Name to outcome and message of each case."""
    found = {}
    for case in ElementTree.fromstring(render(told, "junit")).iter("testcase"):
        verdict = next(iter(case), None)
        outcome = ("passed", "") if verdict is None else (verdict.tag, verdict.get("message") or "")
        found[f"{case.get('classname')} {case.get('name')}"] = outcome
    return found


def test_a_rule_passes_only_where_all_was_judged_and_seen() -> None:
    judged = {
        ("ebs", "disk.unattached"): (RuleCount("disk.unattached", "ebs", ok=3), RuleCount("disk.unattached", "ebs")),
        ("ebs", "disk.idle"): (RuleCount("disk.idle", "ebs", ok=1, insufficient_data=2),),
        ("eip", "ip.unassociated"): (RuleCount("ip.unassociated", "eip", ok=5),),
    }
    gap = Coverage(
        "eip", "eu-west-1", "denied", "listing", "ec2:DescribeAddresses", "ec2:DescribeAddresses", reason="no"
    )
    told = cases(report(judged=judged, covered=("ebs",), complete=False, gaps=(gap,)))
    assert told == {
        "aws.ebs.disk.unattached every resource": ("passed", ""),
        "aws.ebs.disk.idle every resource": ("skipped", "not enough data for 2 resources"),
        "aws.eip.coverage eu-west-1 listing ec2:DescribeAddresses": ("error", "denied: ec2:DescribeAddresses: no"),
    }


def test_a_service_that_is_nowhere_is_an_error() -> None:
    told = report(covered=("ebs",), complete=False)
    assert cases(told) == {"aws.eip coverage": ("error", "not seen in any region")}
    [invocation] = check_sarif(render(told, "sarif"))["invocations"]
    assert [one["descriptor"]["id"] for one in invocation["toolExecutionNotifications"]] == ["eip.unseen"]


def test_incomplete_for_another_reason_is_an_error_too() -> None:
    assert [kind for kind, _ in cases(report(complete=False)).values()] == ["error"]


def test_a_known_finding_is_skipped() -> None:
    told = report(findings=(finding(known=True),), has_baseline=True)
    [(outcome, message)] = cases(told).values()
    assert outcome == "skipped"
    assert message.startswith("in the baseline")
    assert check_sarif(render(told, "sarif"))["results"][0]["baselineState"] == "unchanged"
    assert "| known |" in render(told, "markdown")


@pytest.mark.parametrize("kind", KINDS)
def test_odd_characters_break_no_report(kind: Any) -> None:
    text = render(report(findings=(finding(),)), kind)
    match kind:
        case "junit":
            [failure] = ElementTree.fromstring(text).iter("failure")
            assert "attached to <nothing> & \ufffd | `old` (saves 8.80 USD a month)" in str(failure.get("message"))
        case "markdown":
            assert "attached to <nothing> & \x00 \\| 'old'" in text
        case _:
            assert json.loads(text)


def test_money_of_several_currencies_is_not_added() -> None:
    mixed = (finding(), finding(id="1", monthly_saving="1.20"), finding(id="2", monthly_saving="3.00", currency="EUR"))
    unpriced = (
        finding(id="3", monthly_saving=None, currency=None),
        finding(id="4", category="security", monthly_saving=None),
    )
    text = render(report(findings=(*mixed, *unpriced)), "markdown")
    assert "Estimated saving a month: 3.00 EUR + 10.00 USD, and 1 without a price." in text


def test_a_baseline_is_the_same_text_in_any_order(tmp_path: Path) -> None:
    one, other = finding(id="1" * 32), finding(id="2" * 32, rule="vm.idle")
    assert baseline_text([one, other]) == baseline_text([other, one])
    (tmp_path / "baseline").write_text(baseline_text([other, one]))
    assert read_baseline(tmp_path / "baseline") == {"1" * 32, "2" * 32}
