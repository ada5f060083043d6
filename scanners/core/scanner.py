"""The scanner of one service: a class body that is data. Subclasses register themselves."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from scanners.core.errors import BadUnitError
from scanners.core.resource import Declared, Resource, declared
from scanners.core.rules import Rule

R = TypeVar("R", bound=Resource)


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

    @classmethod
    def description(cls) -> str:
        """The first line of its docstring."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]
