"""Queues that are planted: some through which nothing passes, and who asks them in vain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from demo_cloud.names import DATA, FRANKFURT, IRELAND, RETAIL, VIRGINIA
from demo_cloud.rows import A, B, C, E, Expected, U
from demo_cloud.rows import waste as waste_row
from demo_cloud.world import IGNORED, World, days

POLLS_AN_HOUR: Final = 720
"""Of a reader that asks every five seconds."""


@dataclass(frozen=True)
class Queue:
    """A queue; ``hourly`` messages pass through it. ``polled``: somebody asks it in vain. ``failed_to``: a name."""

    id: str
    age: timedelta
    hourly: float = 0.0
    polled: bool = False
    failed_to: str = ""
    own_key: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


def plant(world: World) -> None:
    """queue.idle."""
    world.place(RETAIL, VIRGINIA).of(Queue).extend(
        [
            Queue("mail-polled", days(300), polled=True),
            # near misses: keeps what fails; two weeks old; a message now and then; ignored
            Queue("orders-failed", days(300)),
            Queue("orders", days(300), hourly=900, failed_to="orders-failed", own_key=True),
            Queue("mail-new", days(14), polled=True),
            Queue("audits.fifo", days(300), hourly=0.02),
            Queue("drill", days(300), tags=IGNORED),
        ]
    )
    # the price list has no requests of Ireland; without any there is nothing to pay
    world.place(RETAIL, IRELAND).of(Queue).append(Queue("search-polled", days(100), polled=True))
    world.place(DATA, FRANKFURT).of(Queue).append(Queue("etl-old", days(15)))


def _idle(account: str, region: str, name: str, saving: str | None) -> Expected:
    return waste_row("queue.idle", account, region, name, saving, service="sqs")


EXPECTED: Final = (
    # 720 x 730 x 0.0000004
    _idle(A, U, "mail-polled", "0.21"),
    _idle(A, E, "search-polled", None),
    _idle(B, C, "etl-old", "0.00"),
)
