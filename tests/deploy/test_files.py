"""The files of deploy/, judged by the tools that know their formats. There is no Docker engine behind these tests."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from demo_cloud.kafka_broker import IMAGE
from schemas.settings import Settings
from tests.deploy.compose import DEPLOY, LackError, image_environment, services

BIN = Path(sys.executable).parent
ROLES = {"api", "planner", "worker", "materializer"}
NEEDED = ("POSTGRES_PASSWORD", "GRAFANA_PASSWORD", "SENTINEL_TOKEN_KEYS", "SENTINEL_KEK", "SENTINEL_KEK_PUBLIC")
GIVEN = dict.fromkeys(NEEDED, "planted")


def run(*command: str | Path) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_compose_yaml_is_what_the_specification_allows() -> None:
    run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")


def test_the_dockerfile_passes_its_linter() -> None:
    run(BIN / "hadolint", DEPLOY / "Dockerfile")


def promtool() -> str:
    found = shutil.which("promtool")
    assert found, "install prometheus: apt-get install prometheus"
    return found


@pytest.mark.parametrize("check", [("rules", "alerts.yml"), ("config", "prometheus.yml")], ids="/".join)
def test_prometheus_takes_its_files(check: tuple[str, str]) -> None:
    kind, name = check
    assert "SUCCESS" in run(promtool(), "check", kind, DEPLOY / "prometheus" / name)


def test_the_alerts_fire_when_they_should_and_not_before() -> None:
    run(promtool(), "test", "rules", Path(__file__).parent / "alerts_test.yml")


def test_every_alert_is_tried() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"][0]["rules"]
    tried = yaml.safe_load((Path(__file__).parent / "alerts_test.yml").read_text())["tests"]
    fired = {case["alertname"] for test in tried for case in test["alert_rule_test"] if case.get("exp_alerts")}
    assert {rule["alert"] for rule in rules} == fired


@pytest.mark.parametrize("lacking", sorted(GIVEN))
def test_a_secret_must_be_given(lacking: str) -> None:
    with pytest.raises(LackError, match=lacking):
        services({name: value for name, value in GIVEN.items() if name != lacking})


def test_every_role_is_a_service_without_rights() -> None:
    told = services(GIVEN)
    for role in ROLES:
        assert told[role]["command"] == ["run", role]
        assert told[role]["read_only"] is True
        assert told[role]["cap_drop"] == ["ALL"]
        assert "container_name" not in told[role]
    assert told["kafka"]["image"] == IMAGE


def test_only_workers_can_open_secrets_and_only_the_api_signs_tokens() -> None:
    told = services(GIVEN)
    having = {
        name: {role for role in ROLES if name in told[role]["environment"]}
        for name in ("SENTINEL_KEK", "SENTINEL_KEK_PUBLIC", "SENTINEL_TOKEN_KEYS")
    }
    assert having == {"SENTINEL_KEK": {"worker"}, "SENTINEL_KEK_PUBLIC": {"api"}, "SENTINEL_TOKEN_KEYS": {"api"}}


def test_every_port_is_of_this_machine_alone() -> None:
    published = [port for service in services(GIVEN).values() for port in service.get("ports", [])]
    assert published
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_the_settings_exist() -> None:
    known = {f"SENTINEL_{name.upper()}" for name in Settings.model_fields}
    told = services(GIVEN)
    used = {name for role in ROLES for name in told[role]["environment"] if name.startswith("SENTINEL_")}
    used |= {name for name in image_environment() if name.startswith("SENTINEL_")}
    assert used - known == set()


def test_the_env_example_names_every_variable() -> None:
    import re

    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    lines = (DEPLOY / "compose.env.example").read_text().splitlines()
    assert {line.partition("=")[0] for line in lines if line and not line.startswith("#")} == asked


def test_the_dashboard_asks_only_for_metrics_that_exist() -> None:
    from prometheus_client.metrics import MetricWrapperBase

    from schemas import instruments

    values = [value for value in vars(instruments).values() if isinstance(value, MetricWrapperBase)]
    told = [metric for value in values for metric in value.describe()]
    known = {name for one in told for name in (one.name, f"{one.name}_total", f"{one.name}_bucket")}
    board = json.loads((DEPLOY / "grafana/dashboards/cloud-sentinel.json").read_text())
    import re

    asked = {
        name
        for panel in board["panels"]
        for target in panel.get("targets", [])
        for name in re.findall(r"sentinel_\w+", target["expr"])
    }
    assert asked
    assert asked - known == set()
