"""What all units of IAM have in common: one listing for the account, resources that are in no region."""

from __future__ import annotations

from typing import TypeVar

from scanners.aws.scanner import AwsScanner
from scanners.core.resource import Resource
from scanners.core.scanner import NOWHERE, Ask

R = TypeVar("R", bound=Resource)


class IamScanner(AwsScanner[R]):
    """One kind of thing that IAM knows."""

    family, is_global = "iam", True
    groups = ("identity",)
    tagged = False

    async def locate(self, ask: Ask, item: R) -> str | None:  # noqa: ARG002 - it needs no call
        """In no region."""
        return NOWHERE
