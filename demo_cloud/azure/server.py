"""The process of the fake Azure: reads its options, makes its certificates, and serves on 127.0.0.1."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import ssl
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, make_server

from demo_cloud.azure.certificate import write_certificates
from demo_cloud.azure.graph import Quota
from demo_cloud.azure.layer import AzureLayer
from demo_cloud.azure.names import REGIONS
from demo_cloud.azure.scenario import build_azure_world
from demo_cloud.azure.world import AzureWorld
from demo_cloud.serving import EXIT_INPUT, EXIT_PORT, QuietHandler, fail, moment_of, positive, serve
from schemas.errors import InvalidInputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        world = _world(options)
    except InvalidInputError as error:
        return fail(str(error), EXIT_INPUT)
    own = Path(tempfile.mkdtemp(prefix="demo-azure-"))
    ca, chain = write_certificates(own)
    if options.ca:
        shutil.copyfile(ca, options.ca)
        ca = Path(options.ca)
    layer = AzureLayer(world, page_size=options.page_size, quota=Quota(options.quota))
    try:
        server = _listen(layer, options.port, chain)
    except OSError:
        return fail(f"port {options.port} on 127.0.0.1 is in use; choose another with --port", EXIT_PORT)
    if options.control_port:
        _control(layer, options.control_port)
    try:
        serve(server, _ready(server, world, ca), options.parent_pid)
    finally:
        shutil.rmtree(own, ignore_errors=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m demo_cloud.azure", description="A seeded local Azure, nothing is real.")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--control-port", type=int, help="answer /__demo/… here too, without TLS")
    parser.add_argument("--now", help="ISO time that all ages count from; default: the current hour")
    parser.add_argument("--page-size", type=int, default=100, help="rows a page at most")
    parser.add_argument("--quota", type=int, default=15, help="queries of Resource Graph in five seconds")
    parser.add_argument("--ca", help="file to write the certificate to that clients have to trust")
    parser.add_argument("--scale", type=int, default=1, help="how many times the healthy background")
    parser.add_argument("--remove", action="append", default=[], metavar="NAME", help="take this resource away")
    parser.add_argument("--deny", action="append", default=[], metavar="SUBSCRIPTION=ACTION", help="deny an action")
    parser.add_argument("--parent-pid", type=int, help="end when this process is gone")
    return parser


def _world(options: argparse.Namespace) -> AzureWorld:
    positive("page-size", options.page_size)
    world = build_azure_world(moment_of(options.now), scale=positive("scale", options.scale))
    for name in options.remove:
        _remove(world, name)
    for wish in options.deny:
        subscription, separator, action = wish.partition("=")
        if subscription not in world.subscriptions or not separator:
            raise InvalidInputError("deny", wish, f"SUBSCRIPTION=ACTION, one of {', '.join(world.subscriptions)}")
        world.denied[subscription] = (*world.denied.get(subscription, ()), action)
    return world


def _remove(world: AzureWorld, name: str) -> None:
    for held in world.subscriptions.values():
        for thing in held.things:
            if thing.name == name.rpartition("/")[2]:
                held.things.remove(thing)
                return
    raise InvalidInputError("remove", name, "no resource of the demo has this name")


def _listen(layer: AzureLayer, port: int, chain: Path) -> BaseWSGIServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return make_server("127.0.0.1", port, layer, threaded=True, request_handler=QuietHandler, ssl_context=context)


def _control(layer: AzureLayer, port: int) -> None:
    """What asks whether the cloud is there yet has no certificate to trust it by."""
    plain = make_server("127.0.0.1", port, layer.control, threaded=True, request_handler=QuietHandler)
    threading.Thread(target=plain.serve_forever, daemon=True).start()


def _ready(server: BaseWSGIServer, world: AzureWorld, ca: Path) -> str:
    return json.dumps(
        {
            "endpoint": f"https://127.0.0.1:{server.port}",
            "ca": str(ca),
            "pid": os.getpid(),
            "now": world.now.isoformat(),
            "accounts": list(world.subscriptions),
            "regions": list(REGIONS),
            "resources": sum(1 for _ in world.owned()),
        }
    )


if __name__ == "__main__":
    sys.exit(main())
