"""The example of docs/callbacks.md, run against a signed call."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from data_plane.callbacks import ATTEMPT_SECONDS, DELAYS
from schemas.callback import read_keys, signature

PAGE = (Path(__file__).parents[2] / "docs/callbacks.md").read_text()
SECRET = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"


def test_the_example_verifies_what_is_sent() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    found: dict[str, Any] = {}
    exec(example, found)
    now, body = int(time.time()), json.dumps({"data": {"status": "PARTIAL"}}).encode()
    signed = signature(read_keys(SECRET), "scan-1", now, body)
    headers = {"webhook-id": "scan-1", "webhook-timestamp": str(now), "webhook-signature": signed}
    assert found["receive"](SECRET, headers, body) == "PARTIAL"
    with pytest.raises(WebhookVerificationError):
        found["receive"](SECRET, headers, body.replace(b"PARTIAL", b"FAILED"))


def test_the_delays_stand_on_the_page() -> None:
    assert [int(delay.total_seconds()) for delay in DELAYS] == [5, 30, 120, 600, 3600, 21_600]
    assert ATTEMPT_SECONDS == 15
    assert "5 s,\n30 s, 2 min, 10 min, 1 h and 6 h" in PAGE
