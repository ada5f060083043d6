"""From where the content of a disk or a snapshot can be downloaded."""

from __future__ import annotations


def reachable(network_access: str | None, public_access: str | None) -> bool:
    """Whether from any network, by who has a link: so Azure has it where nothing else is set."""
    return network_access in {None, "AllowAll"} and public_access in {None, "Enabled"}
