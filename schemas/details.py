"""What is kept of one scan for the next: the answer about a detail of a resource, and what exactly was asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple


class Question(NamedTuple):
    """One call, and who asks it: what must be the same for an answer to serve again."""

    client_id: str
    provider: str
    demo: bool
    account: str
    principal: str
    region: str
    operation: str
    arguments: Mapping[str, object]


class KeptAnswer(NamedTuple):
    """What was answered, and the ``asof`` of the scan that asked."""

    answer: Mapping[str, Any]
    asof: datetime
