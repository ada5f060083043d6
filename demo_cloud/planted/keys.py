"""Keys that are planted: some with which nothing was encrypted for a long time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from demo_cloud.names import DATA, FRANKFURT, IRELAND, RETAIL, VIRGINIA
from demo_cloud.rows import A, B, C, E, Expected, U
from demo_cloud.rows import waste as waste_row
from demo_cloud.world import IGNORED, World, days

NOTED_FOR: Final = days(400)
"""How long AWS has been noting the use of keys."""
LIVES: Final = days(60)
"""How long imported keys have still to live."""


@dataclass(frozen=True)
class Key:
    """A key of KMS, by the last digits of its id; ``used`` None: never. ``spec`` RSA_2048: for signatures."""

    number: str
    age: timedelta
    used: timedelta | None = None
    alias: str = ""
    spec: str = "SYMMETRIC_DEFAULT"
    rotates: bool = False
    of_aws: bool = False
    dies: bool = False
    imported: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """As KMS writes it."""
        return f"0de0cafe-0000-4000-8000-{self.number:>012}"


def plant(world: World) -> None:
    """key.unused."""
    world.place(RETAIL, VIRGINIA).of(Key).extend(
        [
            Key("11", days(800), days(91), alias="alias/reports"),
            Key("12", days(120)),
            # near misses: ninety days; young; of AWS; waits to be deleted; ignored; signs every day; used and imported
            Key("21", days(800), days(90), rotates=True),
            Key("22", days(89)),
            Key("23", days(800), of_aws=True),
            Key("24", days(800), days(300), dies=True),
            Key("25", days(800), tags=IGNORED),
            Key("26", days(300), days(0.1), spec="RSA_2048"),
            Key("27", days(300), days(1), imported=True),
        ]
    )
    # the price list has no keys of Ireland
    world.place(RETAIL, IRELAND).of(Key).append(Key("31", days(500), days(200), alias="alias/checkout-old"))
    world.place(DATA, FRANKFURT).of(Key).append(Key("41", days(700), days(399), alias="alias/etl"))


def _unused(account: str, region: str, number: str, saving: str | None) -> Expected:
    return waste_row("key.unused", account, region, f"key/{Key(number, days(0)).id}", saving, service="kms")


EXPECTED: Final = (
    # one dollar a key
    _unused(A, U, "11", "1.00"),
    _unused(A, U, "12", "1.00"),
    _unused(A, E, "31", None),
    _unused(B, C, "41", "1.00"),
)
