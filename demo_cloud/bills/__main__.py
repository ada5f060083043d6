"""``python -m demo_cloud.bills FOLDER``: writes the bills of all three clouds there."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from demo_cloud.bills.write import write_bills
from demo_cloud.serving import EXIT_INPUT, fail, moment_of
from schemas.errors import InvalidInputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Write them; the exit code."""
    parser = argparse.ArgumentParser("python -m demo_cloud.bills", description="Bills of the demo; nothing is real.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--now", help="ISO time: the bills end the day before; default: the current hour")
    options = parser.parse_args(arguments)
    try:
        now = moment_of(options.now)
    except InvalidInputError as error:
        return fail(str(error), EXIT_INPUT)
    for source, path in write_bills(options.folder, now).items():
        sys.stdout.write(f"{source} {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
