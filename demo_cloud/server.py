"""The demo cloud's process: reads its options, seeds the world, serves on 127.0.0.1, and says when it is ready."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from demo_cloud.changes import ADDITIONS, add, remove
from demo_cloud.names import ACCOUNTS, REGIONS
from demo_cloud.scenario import build_world
from demo_cloud.serving import EXIT_INPUT, EXIT_PORT, fail, moment_of, positive, serve
from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

    from demo_cloud.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        world = _world(options)
    except InvalidInputError as error:
        return fail(str(error), EXIT_INPUT)
    try:
        server = _listen(world, options)
    except OSError:
        return fail(f"port {options.port} on 127.0.0.1 is in use; choose another with --port", EXIT_PORT)
    serve(server, _ready(server, world), options.parent_pid)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m demo_cloud", description="A seeded local AWS. Nothing in it is real.")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--scale", type=int, default=1, help="how many times the healthy background")
    parser.add_argument("--now", help="ISO time that all ages count from; default: the current hour")
    parser.add_argument("--page-size", type=int, default=100, help="items a page at most")
    parser.add_argument("--remove", action="append", default=[], metavar="ID", help="take this resource away")
    parser.add_argument("--add", action="append", default=[], choices=ADDITIONS, help="add an unplanted resource")
    parser.add_argument("--deny", action="append", default=[], metavar="ACCOUNT=ACTION", help="deny an IAM action")
    parser.add_argument("--parent-pid", type=int, help="end when this process is gone")
    return parser


def _world(options: argparse.Namespace) -> World:
    world = build_world(moment_of(options.now), scale=positive("scale", options.scale))
    positive("page-size", options.page_size)
    for resource_id in options.remove:
        remove(world, resource_id)
    for what in options.add:
        add(world, what)
    for wish in options.deny:
        account, separator, action = wish.partition("=")
        if account not in ACCOUNTS or not separator:
            raise InvalidInputError("deny", wish, f"ACCOUNT=ACTION with one of {', '.join(ACCOUNTS)}")
        world.denied[account] = (*world.denied.get(account, ()), action)
    return world


def _listen(world: World, options: argparse.Namespace) -> BaseWSGIServer:
    """Bind and seed. Raises ``OSError`` when the port is taken. Loads the emulator."""
    from demo_cloud.wsgi import make_demo_server

    return make_demo_server(world, port=options.port, page_size=options.page_size)


def _ready(server: BaseWSGIServer, world: World) -> str:
    return json.dumps(
        {
            "endpoint": f"http://127.0.0.1:{server.port}",
            "pid": os.getpid(),
            "now": world.now.isoformat(),
            "accounts": list(ACCOUNTS),
            "regions": list(REGIONS),
            "resources": sum(1 for _ in world.owned()),
        }
    )
