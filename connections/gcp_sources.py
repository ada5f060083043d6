"""Where credentials of Google Cloud can come from on this machine, told without a secret."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from schemas.scan import ScanSpec

IMPERSONATION: Final = ("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT")
"""The variables by which Terraform and gcloud name a service account to act as."""
KEY_FILE: Final = "GOOGLE_APPLICATION_CREDENTIALS"


def describe_gcp_sources(spec: ScanSpec) -> str:
    """The credential sources of a scan, by name: which variables are set, which files are there."""
    if spec.connection.mode == "demo":
        return f"the demo principal, in project {spec.connection.account}"
    named = os.environ.get(KEY_FILE)
    login = Path(os.environ.get("CLOUDSDK_CONFIG") or "~/.config/gcloud").expanduser()
    parts = [
        f"{KEY_FILE} {_there(Path(named))}" if named else f"{KEY_FILE} (not set)",
        _there(login / "application_default_credentials.json"),
        "the metadata server",
    ]
    parts += [f"{name} {os.environ[name]}" for name in IMPERSONATION if os.environ.get(name)]
    return "; ".join(parts)


def _there(path: Path) -> str:
    return f"{path} ({'found' if path.is_file() else 'not there'})"
