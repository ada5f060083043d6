"""``python -m data_plane planner|worker|materializer|engine``: one process, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from data_plane.process import Role, serve
from schemas.errors import InvalidInputError
from schemas.logging import configure
from schemas.settings import Settings

ROLES = ("planner", "worker", "materializer")


def _role(name: str) -> Role:
    """Imported when asked for: only a worker needs a cloud SDK."""
    if name == "planner":
        from data_plane import planner

        return planner.run
    if name == "worker":
        from data_plane import worker

        return worker.run
    from data_plane import materializer

    return materializer.run


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 0 after a signal, 2 when a setting can never work."""
    parser = argparse.ArgumentParser(prog="python -m data_plane", description=__doc__)
    parser.add_argument("role", choices=[*ROLES, "engine"], help="engine: all three in one process")
    role = parser.parse_args(arguments).role
    names = ROLES if role == "engine" else (role,)
    settings = Settings()
    configure(settings)
    try:
        asyncio.run(serve([(name, _role(name)) for name in names], settings))
    except InvalidInputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
