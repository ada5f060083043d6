"""KMS's GetKeyLastUsage, from the scenario: the emulator does not know it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from demo_cloud.answer import Refusal
from demo_cloud.planted.keys import NOTED_FOR, Key
from demo_cloud.world import Place


def answer_last_usage(place: Place, params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """When the key was last used, and since when that is noted. Raises ``Refusal``."""
    key = next((one for one in place.of(Key) if one.id == str(params["KeyId"]).rpartition("/")[2]), None)
    if key is None:
        raise Refusal(400, "NotFoundException", f"Key {params['KeyId']} does not exist", "json")
    operation = "Sign" if key.spec.startswith("RSA") else "Decrypt"
    usage = {} if key.used is None else {"KeyLastUsage": {"Operation": operation, "Timestamp": now - key.used}}
    noted = now - min(key.age, NOTED_FOR)
    return {"KeyId": key.id, "KeyCreationDate": now - key.age, "TrackingStartDate": noted, **usage}
