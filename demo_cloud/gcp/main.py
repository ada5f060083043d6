"""The process of the demo's Google Cloud: seeds the world, serves on 127.0.0.1, and says when it is ready."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from demo_cloud.gcp.scenario import build_world
from demo_cloud.gcp.world import PROJECT
from demo_cloud.serving import EXIT_INPUT, EXIT_PORT, follow, moment_of
from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from demo_cloud.gcp.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        world = build_world(moment_of(options.now), scale=options.scale)
    except InvalidInputError as error:
        sys.stderr.write(f"demo cloud: {error}\n")
        return EXIT_INPUT
    try:
        _serve(world, options)
    except (OSError, RuntimeError):
        sys.stderr.write(f"demo cloud: port {options.port} or {options.token_port} on 127.0.0.1 is in use\n")
        return EXIT_PORT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m demo_cloud.gcp", description="A seeded local Google Cloud. Nothing in it is real."
    )
    parser.add_argument("--port", type=int, default=0, help="of the gRPC APIs; 0: any that is free")
    parser.add_argument("--token-port", type=int, default=0, help="of HTTP; 0: any that is free")
    parser.add_argument("--scale", type=int, default=1, help="how many times the healthy background")
    parser.add_argument("--now", help="ISO time that all ages count from; default: the current hour")
    parser.add_argument("--page-size", type=int, default=100, help="items a page at most")
    parser.add_argument("--deny", action="append", default=[], metavar="PERMISSION", help="deny an IAM permission")
    parser.add_argument("--parent-pid", type=int, help="end when this process is gone")
    return parser


def _serve(world: World, options: argparse.Namespace) -> None:
    from demo_cloud.gcp.http_server import Tokens
    from demo_cloud.gcp.server import Apis, Control

    control = Control(denied=tuple(options.deny))
    apis = Apis(world, control, port=options.port, page_size=options.page_size)
    tokens = Tokens(control, options.token_port)  # the last: where it answers, all is ready
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if options.parent_pid:
        threading.Thread(target=follow, args=(options.parent_pid, ended.set), daemon=True).start()
    ready = {
        "endpoint": f"http://127.0.0.1:{apis.port}",
        "tokens": tokens.url,
        "pid": os.getpid(),
        "now": world.now.isoformat(),
        "project": PROJECT,
        "resources": sum(1 for _ in world.owned()),
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    ended.wait()
    apis.stop()
    tokens.stop()
