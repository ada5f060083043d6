"""Where credentials of AWS can come from on this machine, told without a secret."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from schemas.scan import ScanSpec

VARIABLES: Final = (
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
FILES: Final = (("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), ("AWS_CONFIG_FILE", "~/.aws/config"))


def describe_sources(spec: ScanSpec) -> str:
    """The credential sources of a scan, by name: which variables are set, which files are there, profile, role."""
    connection = spec.connection
    if connection.mode == "demo":
        return f"the demo principal, the demo role in account {connection.account}"
    if connection.mode == "static_keys":
        return f"access key {connection.access_key_id} of the account"
    parts = [_environment(), *_files()]
    if connection.profile:
        parts.append(f"profile {connection.profile}")
    if connection.role_arn:
        external = "with" if connection.external_id else "without"
        parts.append(f"role {connection.role_arn} ({external} external id)")
    return "; ".join(parts)


def _environment() -> str:
    found = [name for name in VARIABLES if os.environ.get(name)]
    return f"environment ({', '.join(found)})" if found else "environment (none of the AWS credential variables is set)"


def _files() -> list[str]:
    places = [Path(os.environ.get(variable) or default).expanduser() for variable, default in FILES]
    return [f"{place} ({'found' if place.is_file() else 'not there'})" for place in places]
