"""Pages rendered on the server: read-only, without scripts, nothing loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ASSETS: Final = Path(__file__).parent / "assets"
"""Files that the pages refer to as ``/assets/…``."""
