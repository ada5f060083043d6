"""``sentinel rules``: every rule of the catalogue, told to a person and to a program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.rules.book import Use, uses
from cli.rules.explanation import example, explanation
from demo_cloud import DemoCloud
from schemas.catalogue import load_catalogue
from schemas.event import decode
from tests.cli.conftest import ACCOUNT, ROLE, credentials
from tests.cli.terminal import sentinel

EVERY = uses(load_catalogue())


def test_the_list_has_every_rule(home: Path) -> None:
    ran = sentinel("rules", "list", home=home)
    assert (ran.code, ran.err) == (0, "")
    lines = [line.split() for line in ran.out.splitlines()[1 : len(EVERY) + 1]]
    assert [(line[0], line[2]) for line in lines] == [(use.rule.id, use.service.service) for use in EVERY]
    assert any(line[0] == "disk.unattached" and "high" in line and "grace=7d" in line for line in lines)


def test_the_list_as_json_says_all(home: Path) -> None:
    told = json.loads(sentinel("rules", "list", "--format", "json", home=home).out)
    [one] = [rule for rule in told if (rule["id"], rule["service"]) == ("disk.unattached", "ebs")]
    assert one["thresholds"] == {"grace": "7d"}
    assert one["severities"] == ["high"]
    assert (one["provider"], one["service"], one["event_type"]) == ("aws", "ebs", "aws.waste.ebs.unattached")
    assert "ec2:DescribeVolumes" in one["permissions"]
    assert len(told) == len(EVERY)


def test_an_explanation_answers_in_the_order_of_the_questions(home: Path) -> None:
    ran = sentinel("rules", "explain", "disk.unattached", home=home)
    assert (ran.code, ran.err) == (0, "")
    titles = [line for line in ran.out.splitlines() if line and not line.startswith(" ")]
    order = ["disk.unattached:", "What", "Why", "Thresholds", "Severity", "Saving", "Permissions", "Event", "Example"]
    pages = sum(use.rule.id == "disk.unattached" for use in EVERY)
    assert [title.split()[0] for title in titles] == [*order, "How"] * pages
    for told in ("attached to nothing", "grace = 7d", "  high\n", "ec2:DescribeVolumes", "aws.waste.ebs.unattached"):
        assert told in ran.out
    assert "Monthly list cost of size" in ran.out
    assert "cloud-sentinel:ignore" in ran.out
    assert "sentinel policy aws --services ebs" in ran.out
    assert "made up" in ran.out


@pytest.mark.parametrize("use", EVERY, ids=lambda use: f"{use.rule.id}-{use.service.service}")
def test_every_rule_explains_itself(use: Use) -> None:
    page = explanation(use)
    assert all(section.text or section.listed for section in page.sections)
    event = decode(example(use))
    assert (event.type, event.resourcetype) == (use.rule.event_type, use.service.resource_type)
    assert isinstance(event.data.value, dict)
    label = " cloud-sentinel-ignore " if use.provider == "gcp" else " cloud-sentinel:ignore "
    assert label in page.sections[-1].text
    assert event.data.value["rule"] == use.rule.id
    assert event.data.value["monthly_saving"] is None
    assert "EXAMPLE" in event.subject


@pytest.mark.parametrize("wrong", ["disk.unatached", "disk.unattachd", "disc.unattached"])
def test_a_misspelt_rule_gets_the_nearest(home: Path, wrong: str) -> None:
    ran = sentinel("rules", "explain", wrong, home=home)
    assert (ran.code, ran.out) == (2, "")
    assert f'unknown rule "{wrong}"; did you mean "disk.unattached"? (list: sentinel rules list)' in ran.err


def test_the_file_of_rules_changes_what_a_scan_finds(cloud: DemoCloud, home: Path) -> None:
    (home / "rules.yaml").write_text(
        f'- {{rule: disk.unattached, account: "{ACCOUNT}", set: {{grace: 100d}}}}\n'
        "- {rule: disk.unencrypted, exempt: not yet}\n"
    )
    variables = {**credentials(cloud.endpoint), "SENTINEL_RULES": str(home / "rules.yaml")}
    asked = ("scan", "aws", *ROLE, "--services", "ebs", "--regions", "eu-west-1", "--output", "-")
    ran = sentinel(*asked, home=home, variables=variables)
    assert ran.code == 0, ran.err
    told = [json.loads(line) for line in ran.out.splitlines()]
    found = {
        (one["data"]["value"]["rule"], one["subject"].rpartition("/")[2])
        for one in told
        if one["type"].startswith(("aws.waste.", "aws.security.")) and one["data"]["value"]["outcome"] != "excluded"
    }
    loose = {volume for rule, volume in found if rule == "disk.unattached"}
    assert loose == {"vol-0de01e10000000002", "vol-0de01e10000000003"}  # 200 and 120 days; the others are younger
    assert not {rule for rule, _ in found} & {"disk.unencrypted"}


@pytest.mark.parametrize("command", [("scan", "aws"), ("run", "worker"), ("config", "check")])
def test_a_file_of_rules_that_cannot_be_is_told_before_anything_is_asked(command: tuple[str, ...], home: Path) -> None:
    (home / "rules.yaml").write_text("- {rule: disk.unatached, set: {grace: 7d}}")
    ran = sentinel(*command, home=home, variables={"SENTINEL_RULES": str(home / "rules.yaml")})
    assert ran.code == 2
    assert 'did you mean "disk.unattached"?' in ran.said
    assert "Traceback" not in ran.said
