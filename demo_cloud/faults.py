"""Faults that a test orders: an error, a delay, a dropped connection, a page that fails, an odd answer."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["error", "delay", "drop", "rewrite"]


@dataclass
class Fault:
    """What happens to the next ``times`` calls that match; None means always.

    ``match`` may name service, operation, region and account. ``page`` restricts it to the n-th page of a listing.
    A ``rewrite`` puts ``value`` (or nothing at all) at a ``path`` of the answer, as ``rewriting`` tells.
    """

    kind: Kind
    match: Mapping[str, str] = field(default_factory=dict)
    times: int | None = 1
    page: int | None = None
    status: int = 400
    code: str = "ThrottlingException"
    message: str = "Rate exceeded"
    seconds: float = 0.0
    path: str = ""
    value: Any = None
    leave_out: bool = False
    within: str = ""

    def hits(self, call: Mapping[str, str], page: int) -> bool:
        """Whether this call is meant."""
        meant = all(call.get(name) == value for name, value in self.match.items())
        return meant and self.times != 0 and self.page in (None, page)


class Faults:
    """The faults that are ordered now. Safe for threads."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def order(self, wishes: list[dict[str, Any]]) -> None:
        """Add faults; an empty list clears them. Raises ``TypeError`` for a field that no fault has."""
        faults = [Fault(**wish) for wish in wishes]
        with self._lock:
            self._faults = self._faults + faults if faults else []

    def take(self, call: Mapping[str, str], page: int) -> Fault | None:
        """The fault for this call, used up once."""
        return next(iter(self._used(call, page, rewrites=False)), None)

    def rewrites(self, call: Mapping[str, str], page: int) -> list[Fault]:
        """What is to be changed in the answer to this call, used up once each."""
        return self._used(call, page, rewrites=True)

    def _used(self, call: Mapping[str, str], page: int, *, rewrites: bool) -> list[Fault]:
        with self._lock:
            meant = [f for f in self._faults if (f.kind == "rewrite") is rewrites and f.hits(call, page)]
            meant = meant if rewrites else meant[:1]
            for fault in meant:
                fault.times = None if fault.times is None else fault.times - 1
        return meant
