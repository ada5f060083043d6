"""The HTTP server of the demo cloud. Importing this loads the emulator, which takes a second."""

from __future__ import annotations

import socket

from werkzeug.serving import BaseWSGIServer, make_server

from demo_cloud.layer import DemoLayer
from demo_cloud.seeder import seed
from demo_cloud.serving import QuietHandler
from demo_cloud.world import World


def make_demo_server(world: World, *, port: int, page_size: int) -> BaseWSGIServer:
    """Bind 127.0.0.1, then seed the emulator. Once a process. Raises ``OSError`` when the port is taken."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        seed(world)
        layer = DemoLayer(world, page_size=page_size)
        return make_server("127.0.0.1", port, layer, threaded=True, request_handler=QuietHandler, fd=listening.fileno())
