"""The scanner of one type of Azure resource: Resource Graph lists it, Azure Monitor measures it."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from scanners.azure.call import Call
from scanners.core.errors import BadUnitError
from scanners.core.resource import Resource
from scanners.core.scanner import CloudScanner, Shape, scanner_of
from schemas.azure_operations import PAGE

R = TypeVar("R", bound=Resource)
METRICS = Call("metrics:GetBatch")


class AzureScanner(CloudScanner[R]):
    """One type of resource; its rows tell the facts, by paths such as ``properties.diskSizeGB``."""

    provider = "azure"
    is_global: bool = True
    api_version: ClassVar[str] = ""
    """Of the provider's own list; empty: the one that ``schemas.azure_operations`` has for the provider."""
    calls: ClassVar[tuple[Call, ...]] = ()

    @classmethod
    def check(cls) -> None:
        """Raise ``BadUnitError`` for what is missing, ``ForbiddenOperationError`` for more than a read."""
        super().check()
        for call in (*cls.listing_calls(), *cls.calls):
            assert call.request

    @classmethod
    def listing_calls(cls) -> tuple[Call, Call]:
        """The provider's own list, one page of it, and Resource Graph.

        Resource Graph leaves out what one may not see, and says nothing of it. The provider refuses, and tells when it
        is not registered: it is asked first.
        """
        version = f"@{cls.api_version}" if cls.api_version else ""
        return Call(f"arm:{cls.resource_type}{version}"), Call(f"resourcegraph:{cls.resource_type}")

    @classmethod
    def declared_calls(cls) -> tuple[Call, ...]:
        """Every call that it may make, its related listings included."""
        fields = cls.declared()
        related = [call for one in fields.relations for call in unit_of(fields.target(one)).listing_calls()]
        return (*cls.listing_calls(), *cls.calls, *related, *([METRICS] if fields.metrics else []))

    @classmethod
    def operations(cls) -> frozenset[str]:
        """Every operation that it may call."""
        return frozenset(call.name for call in cls.declared_calls())

    @classmethod
    def shape(cls) -> Shape:
        """What it costs in calls."""
        return Shape(PAGE, len(cls.details()) + len(cls.calls))

    def subject(self, item: R) -> str:
        """Its ARM id, in lower case."""
        return item.id


def unit_of(resource: type[Resource]) -> type[AzureScanner[Any]]:
    """The scanner of a resource type. Raises ``BadUnitError`` when it has none."""
    scanner = scanner_of("azure", resource)
    if scanner is None or not issubclass(scanner, AzureScanner):
        raise BadUnitError(f"{resource.__name__} has no scanner, so it cannot be listed")
    return scanner
