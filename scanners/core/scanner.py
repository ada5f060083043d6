"""The scanner of one service: a class body that is data. Subclasses register themselves."""

from __future__ import annotations

import asyncio
import inspect
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

from scanners.core.errors import BadUnitError
from scanners.core.resource import Declared, Fact, Resource, declared
from scanners.core.rules import Rule

R = TypeVar("R", bound=Resource)
NOWHERE: Final = ""
"""Where the resources of an account are that are in no region: a scan of some regions tells them too."""


class Ask(Protocol):
    """The engine's call as ``enrich`` gets it: limited, retried, classified. A refusal costs these fields only."""

    async def __call__(self, call: Any, item: Resource) -> Mapping[str, Any] | None:  # noqa: ANN401 - the provider's
        """The answer for one resource (arguments filled from its fields); None when it was refused."""


@dataclass(frozen=True)
class Shape:
    """What a scan of one service costs in calls."""

    page_size: int
    """0: everything in one answer."""
    calls_per_resource: int


class CloudScanner(Generic[R]):
    """What one service is: how it is named, what it holds, what is judged. The provider's engine does the rest."""

    provider: str
    service: str
    """The short name that people use; the third part of every event type."""
    family: str
    """The API whose quota and listings a task shares."""
    resource: type[R]
    resource_type: str
    """As the provider names it: ``AWS::EC2::Volume``."""
    rules: tuple[Rule[R], ...] = ()
    groups: tuple[str, ...] = ()
    """The groups of a scan request that select it, without the ``@``."""
    is_global: bool = False
    """One listing for the whole account, read once, in the partition's home region."""
    calls: ClassVar[tuple[Any, ...]] = ()
    """Calls that an overridden ``enrich`` or ``locate`` makes."""

    known: ClassVar[dict[str, dict[str, type[CloudScanner[Any]]]]] = {}
    """Every scanner, by provider and service."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "service" not in cls.__dict__:
            return
        services = CloudScanner.known.setdefault(cls.provider, {})
        other = services.get(cls.service)
        if other is not None and other.__module__ != cls.__module__:
            raise BadUnitError(f"{cls.provider}/{cls.service} is declared by {other.__module__} and {cls.__module__}")
        cls.check()
        services[cls.service] = cls

    @classmethod
    def check(cls) -> None:
        """Raise ``BadUnitError`` when the class body cannot be right."""
        lacking = [name for name in ("family", "resource", "resource_type") if not hasattr(cls, name)]
        if lacking:
            raise BadUnitError(f"{cls.__qualname__} lacks {', '.join(lacking)}")

    @classmethod
    def declared(cls) -> Declared:
        """The fields of its resource type."""
        return declared(cls.resource)

    @classmethod
    def operations(cls) -> frozenset[str]:
        """Every operation that it may call, ``service:Operation`` as the SDK names them."""
        raise NotImplementedError

    @classmethod
    def shape(cls) -> Shape:
        """What it costs in calls."""
        raise NotImplementedError

    @abstractmethod
    def subject(self, item: R) -> str:
        """The id of a resource as the cloud names it: the subject of its events."""

    @classmethod
    def details(cls) -> dict[Any, list[Fact]]:
        """The facts that calls for each resource tell, by call."""
        found: dict[Any, list[Fact]] = {}
        for one in cls.declared().facts:
            if one.via is not None:
                found.setdefault(one.via, []).append(one)
        return found

    async def locate(self, ask: Ask, item: R) -> str | None:  # noqa: ARG002 - for those who override it
        """The region of a resource of a global listing, or ``NOWHERE``; None when the cloud refused to tell."""
        return item.region

    async def enrich(self, ask: Ask, item: R) -> None:
        """Learn what only calls for each resource tell: by default the facts that are declared with ``via``."""
        details = self.details()
        answers = await asyncio.gather(*(ask(call, item) for call in details))
        for facts, answer in zip(details.values(), answers, strict=True):
            for one in facts if answer is not None else ():
                item.learn(one, one.find(answer or {}))

    @classmethod
    def description(cls) -> str:
        """The first line of its docstring."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]


def scanner_of(provider: str, resource: type[Resource]) -> type[CloudScanner[Any]] | None:
    """The scanner whose resource this is."""
    return next((one for one in CloudScanner.known.get(provider, {}).values() if one.resource is resource), None)
