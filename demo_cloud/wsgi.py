"""The HTTP server of the demo cloud. Importing this loads the emulator, which takes a second."""

from __future__ import annotations

from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from demo_cloud.layer import DemoLayer, Dropped
from demo_cloud.seeder import seed
from demo_cloud.world import World


class QuietHandler(WSGIRequestHandler):
    """Logs nothing, and ends the connection when a fault says so."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002, ANN401 - werkzeug's signature
        """Say nothing: the ledger keeps what was called."""

    def run_wsgi(self) -> None:
        """Answer one request."""
        try:
            super().run_wsgi()
        except Dropped:
            self.close_connection = True


def make_demo_server(world: World, *, port: int, page_size: int) -> BaseWSGIServer:
    """Seed the emulator and bind 127.0.0.1. Once a process."""
    server = make_server("127.0.0.1", port, _starting, threaded=True, request_handler=QuietHandler)
    seed(world)
    server.app = DemoLayer(world, page_size=page_size)
    return server


def _starting(_environ: Any, start_response: Any) -> list[bytes]:  # noqa: ANN401 - WSGI
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return []
