"""Jobs that are no scans: whatever else needs a cloud is done by workers too."""

from __future__ import annotations

from typing import Literal

JobKind = Literal["probe", "discover", "ingest"]
"""``probe`` tries an account's connection, ``discover`` finds accounts, ``ingest`` fetches costs."""
