"""How this program was called, so that the next command can be copied as it stands."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

NAME: Final = "sentinel"


def as_called() -> str:
    """``sentinel`` where the shell finds this very program by its name, else the path that was called."""
    called = Path(sys.argv[0])
    if called.name != NAME:
        return NAME
    found = shutil.which(NAME)
    return NAME if found and called.exists() and Path(found).samefile(called) else str(called)
