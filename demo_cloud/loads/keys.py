"""How long imported keys have still to live."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from demo_cloud.loads.series import Series, Told, hour_of, since
from demo_cloud.planted.keys import LIVES, Key
from demo_cloud.world import Place


def series(place: Place, now: datetime) -> Told:
    """Only of keys whose material was imported with an end."""
    for key in place.of(Key):
        if key.imported:
            dimensions = (("KeyId", key.id),)
            hour = partial(_left, hour_of(now + LIVES))
            yield (
                ("AWS/KMS", "SecondsUntilKeyMaterialExpiration", dimensions),
                Series(hour, since(now, key.age), "Seconds"),
            )


def _left(end: int, hour: int) -> tuple[float, float]:
    return (end - hour) * 3600.0, (end - hour) * 3600.0
