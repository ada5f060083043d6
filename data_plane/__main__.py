"""``python -m data_plane planner|worker|materializer|push|engine``: one process, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from data_plane.process import Role, serve
from schemas.addresses import check_push_url
from schemas.callback import read_keys
from schemas.errors import InvalidInputError
from schemas.logging import configure
from schemas.settings import Settings
from schemas.tracing import configure_tracing

ENGINE = ("planner", "worker", "materializer")
"""The roles that the engine runs, and with an aggregator also the push."""
ROLES = (*ENGINE, "push")


def _role(name: str) -> Role:
    """Imported when asked for: only a worker needs a cloud SDK."""
    if name == "planner":
        from data_plane import planner

        return planner.run
    if name == "worker":
        from data_plane import worker

        return worker.run
    if name == "push":
        from data_plane import push

        return push.run
    from data_plane import materializer

    return materializer.run


def _check(settings: Settings, names: Sequence[str]) -> None:
    """What no start again would mend. Raises ``InvalidInputError``."""
    if "planner" in names:
        read_keys(settings.callback_secret)
    if "worker" in names:
        from scanners.core.rulebook import load_rulebook

        load_rulebook(settings.rules)
        if settings.kek:
            from connections.vault import open_vault

            open_vault(settings)
    if "push" in names:
        check_push_url(settings.push_url)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 0 after a signal, 2 when a setting can never work."""
    parser = argparse.ArgumentParser(prog="python -m data_plane", description=__doc__)
    parser.add_argument("role", choices=[*ROLES, "engine"], help="engine: all of them in one process")
    role = parser.parse_args(arguments).role
    settings = Settings()
    engine = ROLES if settings.push_url else ENGINE
    names = engine if role == "engine" else (role,)
    configure(settings)
    try:
        _check(settings, names)
        send_last = configure_tracing(settings, role)
        try:
            asyncio.run(serve([(name, _role(name)) for name in names], settings))
        finally:
            send_last()
    except InvalidInputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
