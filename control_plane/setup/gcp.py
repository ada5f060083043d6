"""The custom role of a Google Cloud project, and the commands that create and bind it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Final

import yaml

from schemas.policy import gcp_role

ROLE_ID: Final = "cloudSentinelRead"
NO_MEMBER: Final = "SCANNER@PROJECT.iam.gserviceaccount.com"
"""Stands where the owner fills in the service account that scans, when the account does not know it."""


def role(operations: Iterable[str]) -> str:
    """The role as ``gcloud iam roles create --file`` takes it."""
    text: str = yaml.safe_dump(gcp_role(operations), sort_keys=False, width=120)
    return text


def commands(operations: Iterable[str], project: str, service_account: str | None) -> str:
    """What to run in a shell that is signed in with ``gcloud auth login``."""
    names = sorted({f"{name.split(':')[0]}.googleapis.com" for name in operations})
    where = shlex.quote(project)
    lines = [
        f"gcloud services enable {' '.join(names)} --project {where}",
        "cat > cloud-sentinel-role.yaml <<'YAML'",
        role(operations).rstrip(),
        "YAML",
        f"gcloud iam roles create {ROLE_ID} --project {where} --file cloud-sentinel-role.yaml",
        f"gcloud projects add-iam-policy-binding {where} --condition=None"
        f" --member {shlex.quote(f'serviceAccount:{service_account or NO_MEMBER}')}"
        f" --role {shlex.quote(f'projects/{project}/roles/{ROLE_ID}')}",
    ]
    return "\n".join(lines) + "\n"


def terraform(operations: Iterable[str], project: str, service_account: str | None) -> str:
    """The same role and binding as Terraform."""
    document = gcp_role(operations)
    permissions = "\n".join(f'    "{name}",' for name in document["includedPermissions"])
    return _TERRAFORM.format(
        role_id=ROLE_ID,
        project=project,
        title=document["title"],
        description=document["description"],
        permissions=permissions,
        member=service_account or NO_MEMBER,
    )


_TERRAFORM: Final = """\
resource "google_project_iam_custom_role" "cloud_sentinel" {{
  role_id     = "{role_id}"
  project     = "{project}"
  title       = "{title}"
  description = "{description}"
  stage       = "GA"

  permissions = [
{permissions}
  ]
}}

resource "google_project_iam_member" "cloud_sentinel" {{
  project = "{project}"
  role    = google_project_iam_custom_role.cloud_sentinel.id
  member  = "serviceAccount:{member}"
}}
"""
