"""The scanner of one AWS service: a listing, perhaps calls for each resource, an ARN, a metric dimension."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, TypeVar

from scanners.aws.call import Call
from scanners.core.errors import BadUnitError
from scanners.core.resource import Fact, Related, Resource
from scanners.core.scanner import CloudScanner, Shape
from schemas.operations import check_declaration

R = TypeVar("R", bound=Resource)
GET_METRIC_DATA = Call("cloudwatch", "get_metric_data", "MetricDataResults")


class Ask(Protocol):
    """The engine's call as ``enrich`` gets it: limited, retried, classified. A refusal costs these fields only."""

    async def __call__(self, call: Call, item: Resource) -> Mapping[str, Any] | None:
        """The answer for one resource (arguments filled from its fields); None when it was refused."""


class AwsScanner(CloudScanner[R]):
    """One AWS service. Override ``enrich`` or ``locate`` where data is not enough."""

    provider = "aws"
    listing: ClassVar[Call]
    arn: ClassVar[str]
    """``arn:{partition}:ec2:{region}:{account}:volume/{id}``: the subject of every event."""
    dimension: ClassVar[str] = ""
    """The CloudWatch dimension whose value is the id."""
    tagged: ClassVar[bool] = True
    """Whether the listing tells the tags, as a list ``Tags`` of ``Key`` and ``Value``."""
    calls: ClassVar[tuple[Call, ...]] = ()
    """Calls that an overridden ``enrich`` or ``locate`` makes."""

    @classmethod
    def check(cls) -> None:
        """Raise ``BadUnitError`` for what is missing, ``ForbiddenOperationError`` for more than a read."""
        super().check()
        lacking = [name for name in ("listing", "arn") if not hasattr(cls, name)]
        if lacking:
            raise BadUnitError(f"{cls.__qualname__} lacks {', '.join(lacking)}")
        for call in (cls.listing, *cls.calls, *cls._indirect()):
            check_declaration(call.service, call.operation)

    @classmethod
    def _indirect(cls) -> list[Call]:
        """The calls of facts and relations, read without resolving types: other units may not be there yet."""
        fields = vars(cls.resource).values()
        vias = [one.via for one in fields if isinstance(one, Fact) and one.via is not None]
        return vias + [one.listing for one in fields if isinstance(one, Related) and one.listing is not None]

    @classmethod
    def details(cls) -> dict[Call, list[Fact]]:
        """The facts that calls for each resource tell, by call."""
        found: dict[Call, list[Fact]] = {}
        for one in cls.declared().facts:
            if one.via is not None:
                found.setdefault(one.via, []).append(one)
        return found

    @classmethod
    def declared_calls(cls) -> tuple[Call, ...]:
        """Every call that it may make, its related listings included."""
        fields = cls.declared()
        related = [one.listing or listing_of(fields.target(one)) for one in fields.relations]
        metrics = [GET_METRIC_DATA] if fields.metrics else []
        return (cls.listing, *cls.details(), *cls.calls, *related, *metrics)

    @classmethod
    def operations(cls) -> frozenset[str]:
        """Every operation that it may call."""
        return frozenset(call.name for call in cls.declared_calls())

    @classmethod
    def shape(cls) -> Shape:
        """What it costs in calls."""
        return Shape(cls.listing.page_size, len(cls.details()) + len(cls.calls))

    async def locate(self, ask: Ask, item: R) -> str | None:  # noqa: ARG002 - for those who override it
        """The region of a resource of a global listing; None when the cloud refused to tell."""
        return item.region

    async def enrich(self, ask: Ask, item: R) -> None:
        """Learn what only calls for each resource tell: by default the facts that are declared with ``via``."""
        details = self.details()
        answers = await asyncio.gather(*(ask(call, item) for call in details))
        for facts, answer in zip(details.values(), answers, strict=True):
            for one in facts if answer is not None else ():
                item.learn(one, one.find(answer or {}))


def scanner_of(resource: type[Resource]) -> type[AwsScanner[Any]] | None:
    """The scanner whose resource this is."""
    for scanner in CloudScanner.known.get("aws", {}).values():
        if scanner.resource is resource and issubclass(scanner, AwsScanner):
            return scanner
    return None


def listing_of(resource: type[Resource]) -> Call:
    """The listing of a resource type. Raises ``BadUnitError`` when it has none."""
    scanner = scanner_of(resource)
    if scanner is None:
        raise BadUnitError(f"{resource.__name__} has no scanner: give the related field a listing")
    return scanner.listing
