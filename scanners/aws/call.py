"""One API call, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Call:
    """``Call("ec2", "describe_volumes", "Volumes")``: client, method, where the items are, fixed arguments.

    Arguments may hold fields of a resource in braces (``Bucket="{name}"``). ``absent`` are the error codes by which
    the cloud says "there is none", each with the answer that this comes to. ``operation`` names the API's operation
    where it is not the method in camel case.
    """

    def __init__(
        self,
        service: str,
        method: str,
        items: str = "",
        /,
        *,
        page_size: int = 0,
        absent: Mapping[str, Mapping[str, Any]] | None = None,
        operation: str = "",
        **arguments: Any,  # noqa: ANN401 - the API's own arguments
    ) -> None:
        self.service, self.method, self.items = service, method, items
        self.page_size, self.absent, self.arguments = page_size, absent or {}, arguments
        self.operation = operation or "".join(part.capitalize() for part in method.split("_"))

    @property
    def name(self) -> str:
        """``ec2:DescribeVolumes``."""
        return f"{self.service}:{self.operation}"

    def filled(self, answer: Mapping[str, Any] | str) -> Call:
        """The same call for one item of another listing, its members (or the name that it is) in the braces."""
        told = ((answer,), {}) if isinstance(answer, str) else ((), answer)
        bound = {name: _filled(value, *told) for name, value in self.arguments.items()}
        return Call(
            *(self.service, self.method, self.items),
            page_size=self.page_size,
            absent=self.absent,
            operation=self.operation,
            **bound,
        )

    def __repr__(self) -> str:
        """For messages."""
        return f"Call({self.name})"


def _filled(value: Any, names: tuple[str, ...], members: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the API's own
    if isinstance(value, list):
        return [_filled(one, names, members) for one in value]
    return value.format(*names, **members) if isinstance(value, str) else value
