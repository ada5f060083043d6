"""The scanner of one AWS service: a listing, perhaps calls for each resource, an ARN, a metric dimension."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from scanners.aws.call import Call
from scanners.core.errors import BadUnitError
from scanners.core.resource import Fact, Related, Resource
from scanners.core.scanner import CloudScanner, Shape, scanner_of
from schemas.operations import check_declaration

R = TypeVar("R", bound=Resource)
GET_METRIC_DATA = Call("cloudwatch", "get_metric_data", "MetricDataResults")


class AwsScanner(CloudScanner[R]):
    """One AWS service. Override ``enrich`` or ``locate`` where data is not enough."""

    provider = "aws"
    listing: ClassVar[Call]
    arn: ClassVar[str]
    """``arn:{partition}:ec2:{region}:{account}:volume/{id}``: the subject of every event."""
    dimension: ClassVar[str] = ""
    """The CloudWatch dimension whose value is the id."""
    parents: ClassVar[Call | None] = None
    """The listing of those that own the resources, where each must be asked for its own.

    ``listing`` is then asked for each, its arguments filled from what this tells: ``UserName="{UserName}"``, or
    ``cluster="{}"`` where it tells names only.
    """
    single: ClassVar[bool] = False
    """The answer is one resource, the account's own: its id is that of the account."""
    tagged: ClassVar[bool] = True
    """Whether the listing tells the tags, as a list ``Tags`` of ``Key`` and ``Value``."""

    @classmethod
    def check(cls) -> None:
        """Raise ``BadUnitError`` for what is missing, ``ForbiddenOperationError`` for more than a read."""
        super().check()
        lacking = [name for name in ("listing", "arn") if not hasattr(cls, name)]
        if lacking:
            raise BadUnitError(f"{cls.__qualname__} lacks {', '.join(lacking)}")
        for call in (*cls._listings(), *cls.calls, *cls._indirect()):
            check_declaration(call.service, call.operation)

    @classmethod
    def _listings(cls) -> tuple[Call, ...]:
        return (cls.listing,) if cls.parents is None else (cls.parents, cls.listing)

    @classmethod
    def _indirect(cls) -> list[Call]:
        """The calls of facts and relations, read without resolving types: other units may not be there yet."""
        fields = vars(cls.resource).values()
        vias = [one.via for one in fields if isinstance(one, Fact) and one.via is not None]
        return vias + [one.listing for one in fields if isinstance(one, Related) and one.listing is not None]

    @classmethod
    def declared_calls(cls) -> tuple[Call, ...]:
        """Every call that it may make, its related listings included."""
        fields = cls.declared()
        related = [one.listing or listing_of(fields.target(one)) for one in fields.relations]
        metrics = [GET_METRIC_DATA] if fields.metrics else []
        return (*cls._listings(), *cls.details(), *cls.calls, *related, *metrics)

    @classmethod
    def operations(cls) -> frozenset[str]:
        """Every operation that it may call."""
        return frozenset(call.name for call in cls.declared_calls())

    @classmethod
    def shape(cls) -> Shape:
        """What it costs in calls."""
        return Shape(cls.listing.page_size, len(cls.details()) + len(cls.calls))

    def subject(self, item: R) -> str:
        """Its ARN."""
        place = item.place
        return self.arn.format(partition=place.partition, region=place.region, account=place.account, id=item.id)


def listing_of(resource: type[Resource]) -> Call:
    """The listing of a resource type. Raises ``BadUnitError`` when it has none."""
    scanner = scanner_of("aws", resource)
    if scanner is None or not issubclass(scanner, AwsScanner):
        raise BadUnitError(f"{resource.__name__} has no scanner: give the related field a listing")
    return scanner.listing
