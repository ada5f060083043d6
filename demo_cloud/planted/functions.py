"""Functions that are planted: those that nobody calls, those that everybody can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from demo_cloud.names import DATA, IRELAND, RETAIL, VIRGINIA
from demo_cloud.rows import A, B, E, Expected, U
from demo_cloud.rows import exposed as exposed_row
from demo_cloud.rows import waste as waste_row
from demo_cloud.world import IGNORED, World, days


@dataclass(frozen=True)
class Function:
    """A Lambda function; ``hourly`` is how often it is called, ``changed`` how long ago it was last changed."""

    id: str
    changed: timedelta
    hourly: float = 40.0
    provisioned: int = 0
    policy: Literal["none", "everybody", "one account"] = "none"
    url: Literal["", "NONE", "AWS_IAM"] = ""
    tags: Mapping[str, str] = field(default_factory=dict)


def plant(world: World) -> None:
    """function.unused, function.public."""
    world.place(RETAIL, IRELAND).of(Function).extend(
        [
            Function("orders-export", days(400), 0, tags={"team": "checkout"}),
            Function("thumbnails-warm", days(90), 0, provisioned=5),
            # near misses: changed thirty days ago; called now and then; ignored; one account may; with sign-in
            Function("orders-import", days(30), 0),
            Function("yearly-report", days(400), 0.2),
            Function("disaster-drill", days(400), 0, tags=IGNORED),
            Function("partner-hook", days(400), policy="one account"),
            Function("intranet-form", days(400), url="AWS_IAM"),
        ]
    )
    world.place(DATA, VIRGINIA).of(Function).append(Function("old-hook", days(31), 0))
    world.place(RETAIL, VIRGINIA).of(Function).append(Function("shop-hook", days(100), policy="everybody"))
    world.place(DATA, IRELAND).of(Function).append(Function("upload-form", days(100), url="NONE"))


def _waste(account: str, region: str, name: str, saving: str | None) -> Expected:
    return waste_row("function.unused", account, region, f"function:{name}", saving, service="lambda")


def _exposed(account: str, region: str, name: str) -> Expected:
    return exposed_row("function.public", account, region, f"function:{name}", service="lambda")


EXPECTED: Final = (
    # a function costs by its calls; the price list has no provisioned concurrency
    _waste(A, E, "orders-export", "0.00"),
    _waste(A, E, "thumbnails-warm", None),
    _waste(B, U, "old-hook", "0.00"),
    _exposed(A, U, "shop-hook"),
    _exposed(B, E, "upload-form"),
)
