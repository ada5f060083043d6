"""The Terraform modules, as an HCL parser reads them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hcl2.api import loads

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "terraform" / "modules"
NAMES = ("aws-read-role", "azure-reader", "gcp-reader")


def blocks(folder: Path, kind: str) -> dict[str, dict[str, Any]]:
    """All blocks of a kind by their labels, in every file of the folder."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.tf")):
        for block in loads(path.read_text()).get(kind, []):
            found.update(_by_label(block, 2 if kind in {"resource", "data"} else 1))
    return found


def _by_label(block: dict[str, Any], labels: int) -> dict[str, dict[str, Any]]:
    if labels == 1:
        return {name.strip('"'): body for name, body in block.items() if not name.startswith("__")}
    return {
        f"{kind.strip(chr(34))}.{name}": body
        for kind, inner in block.items()
        if not kind.startswith("__")
        for name, body in _by_label(inner, 1).items()
    }


def generated(name: str) -> Any:
    return json.loads((MODULES / name).read_text())


def printed_policy(provider: str) -> dict[str, Any]:
    told = subprocess.run(
        [ROOT / ".venv/bin/sentinel", "policy", provider], capture_output=True, text=True, check=True, cwd=ROOT
    )
    document: dict[str, Any] = json.loads(told.stdout)
    return document


@pytest.mark.parametrize("name", NAMES)
def test_every_input_and_output_stands_in_the_readme_with_its_meaning(name: str) -> None:
    page = (MODULES / name / "README.md").read_text()
    told = {**blocks(MODULES / name, "variable"), **blocks(MODULES / name, "output")}
    assert len(told) >= 5
    missing = [
        each for each, body in told.items() if body["description"].strip('"') not in page or f"`{each}`" not in page
    ]
    assert missing == []


@pytest.mark.parametrize("name", NAMES)
def test_every_example_uses_the_module_with_what_it_needs_and_nothing_that_it_has_not(name: str) -> None:
    inputs = blocks(MODULES / name, "variable")
    needed = {each for each, body in inputs.items() if "default" not in body}
    examples = sorted((MODULES / name / "examples").iterdir())
    assert examples
    for example in examples:
        used = blocks(example, "module")["cloud_sentinel"]
        given = {key for key in used if not key.startswith("__")} - {"source"}
        assert used["source"].strip('"') == "../.."
        assert needed <= given <= set(inputs)


def test_only_a_named_principal_with_the_external_id_is_trusted() -> None:
    (statement,) = blocks(MODULES / "aws-read-role", "data")["aws_iam_policy_document.trust"]["statement"]
    assert [each["identifiers"] for each in statement["principals"]] == [["${var.principal}"]]
    (condition,) = statement["condition"]
    assert condition["variable"].strip('"') == "sts:ExternalId"
    assert condition["values"] == ["${var.external_id}"]


def test_the_modules_grant_what_sentinel_policy_prints() -> None:
    statements = [one for document in generated("aws-read-role/policies.json") for one in document["Statement"]]
    assert statements == printed_policy("aws")["Statement"]
    assert generated("azure-reader/actions.json") == printed_policy("azure")["Actions"]
    assert generated("gcp-reader/permissions.json") == printed_policy("gcp")["includedPermissions"]


def test_no_module_makes_a_key_that_lives_for_ever() -> None:
    made = [name for module in NAMES for name in blocks(MODULES / module, "resource")]
    assert not [name for name in made if name.startswith(("aws_iam_access_key", "google_service_account_key"))]
    secret = blocks(MODULES / "azure-reader", "resource")["azuread_application_password.this"]
    assert secret["end_date_relative"].strip('"') == "${var.secret_days * 24}h"
