"""The factory of connections: a scan's way into its account, read-only by a guard below every client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connections.policy import aws_policy
from connections.sources import describe_sources
from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from connections.aws import AwsConnection
    from schemas.scan import ScanSpec
    from schemas.settings import Settings

__all__ = ["aws_policy", "connect", "describe_sources"]


def connect(spec: ScanSpec, *, operations: frozenset[str], settings: Settings) -> AwsConnection:
    """A connection that lets only the declared ``operations`` through (``service:Operation``). Asks no network.

    Raises ``NoAccess`` for what cannot be had from this machine, ``InvalidInputError`` for what cannot be.
    """
    if spec.provider == "aws":
        from connections.aws import connect_aws

        return connect_aws(spec, operations=operations, settings=settings)
    raise InvalidInputError("provider", spec.provider, "allowed: aws")
