"""Writes the policies of ``terraform/modules``: ``python -m control_plane.setup.modules --write``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from control_plane.setup.aws import cloudformation
from schemas.organization import OPERATIONS
from schemas.policy import all_operations, aws_policies, aws_policy, azure_role, gcp_role

ROOT: Final = Path(__file__).parents[2]
MODULES: Final = ROOT / "terraform" / "modules"


def files() -> dict[Path, str]:
    """What stands in the modules: the same as ``sentinel policy`` prints, as Terraform reads it."""
    aws, azure, gcp = (all_operations(provider) for provider in ("aws", "azure", "gcp"))
    return {
        MODULES / "aws-read-role" / "policies.json": _json(aws_policies(aws)),
        MODULES / "aws-read-role" / "role.yaml": cloudformation(aws),
        MODULES / "aws-read-role" / "organization.json": _json(aws_policy(OPERATIONS["aws"])),
        MODULES / "azure-reader" / "actions.json": _json(azure_role(azure)["Actions"]),
        MODULES / "azure-reader" / "management_group.json": _json(azure_role(OPERATIONS["azure"])["Actions"]),
        MODULES / "gcp-reader" / "permissions.json": _json(gcp_role(gcp)["includedPermissions"]),
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def main(arguments: list[str]) -> int:
    """``--write`` writes the files, ``--check`` says which are stale (exit 1)."""
    stale = [path for path, text in files().items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if "--write" in arguments:
            path.write_text(files()[path])
        else:
            sys.stderr.write(f"{path.relative_to(ROOT)} is stale; run: make generate\n")
    return 1 if stale and "--write" not in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
