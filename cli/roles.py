"""The roles of the product as processes of their own."""

from __future__ import annotations

import os
import sys

from cli.configuration import load_settings


def become(module: str, *arguments: str) -> None:
    """Replace this process by ``python -m module``: signals and exit code are then the role's own."""
    load_settings()
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - our own module, no shell
