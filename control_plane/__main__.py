"""``python -m control_plane``: the API, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Final

import uvicorn
from pydantic import ValidationError

from control_plane.app import create_app
from schemas.errors import InvalidInputError
from schemas.exposition import expose
from schemas.logging import configure
from schemas.settings import Settings
from schemas.tracing import configure_tracing

GRACE_SECONDS: Final = 2
"""How long an answer may go on after a signal; those who follow a scan come back elsewhere."""

LARGEST_MESSAGE: Final = 1024
"""Bytes of what somebody may send who follows a scan: nothing of it is read."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 0 after a signal, 2 when a setting or the address can never work."""
    try:
        settings = _settings(arguments)
        configure(settings)
        send_last = configure_tracing(settings, "api")
        app = create_app(settings)
        listening = _listen(settings.host, settings.port)
        expose(settings.host, settings.metrics_port, app.state.context.condition)
    except (InvalidInputError, ValidationError) as error:
        sys.stderr.write(f"sentinel run api: {_one_line(error)}\n")
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws_max_size=LARGEST_MESSAGE,
        ws_max_queue=1,
    )
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        send_last()
    return 0


def _settings(arguments: Sequence[str] | None) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m control_plane", description=__doc__)
    parser.add_argument("--host", help="address to listen on; default: SENTINEL_HOST")
    parser.add_argument("--port", help="port to listen on; default: SENTINEL_PORT")
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    return Settings(**given)


def _listen(host: str, port: int) -> socket.socket:
    """The socket, bound before anything starts. Raises ``InvalidInputError`` when it cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # with its protocol named asyncio sends each answer at once, instead of waiting 40 ms for an acknowledgement
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        reason = error.strerror or str(error)
        raise InvalidInputError(
            "SENTINEL_PORT", port, f"cannot listen on {host}:{port}: {reason}; choose another port with SENTINEL_PORT"
        ) from None
    return listening


def _one_line(error: InvalidInputError | ValidationError) -> str:
    if isinstance(error, InvalidInputError):
        return f"{error.field}: {error.allowed}"
    first = error.errors()[0]
    return f"SENTINEL_{str(first['loc'][0]).upper()}: {first['msg']}"


def _leave(*_: object) -> None:
    """Uvicorn finishes its work first, then gives the signal back to us."""
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
