"""The first start of ``sentinel up``: somebody must be able to sign in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.settings import Settings


def make_first_user(settings: Settings, say: Callable[[str], None]) -> None:
    """An administrator with a one-time password, in a store that knows nobody; not where there is a first key."""
    begun = not settings.store and Path(settings.store_url.removeprefix("sqlite:///")).exists()
    if settings.first_key or begun:
        return
    command = [sys.executable, "-m", "control_plane.administrator", "first"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if made.returncode:
        reason = made.stderr.strip().splitlines()[-1:]
        say(f"no first user was made: {' '.join(reason)}")
    elif made.stdout:
        say(f"first start: sign in as admin@localhost with the one-time password {made.stdout.strip()}")
