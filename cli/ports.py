"""Ports of this machine."""

from __future__ import annotations

import socket
from typing import Final

from cli.exits import CommandError, ExitCode

PATIENCE_SECONDS: Final = 3.0


def require_free_port(host: str, port: int) -> None:
    """Raises ``CommandError`` (exit 2) when somebody listens there already, or the address is not ours."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                ExitCode.BAD_INPUT, f"port {port} on {host}: {error.strerror}; choose another one with --port N"
            ) from None


def require_listener(address: str) -> None:
    """Raises ``CommandError`` when ``host:port`` is no address (exit 2), or nobody listens there (exit 3)."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise CommandError(ExitCode.BAD_INPUT, f'"{address}" is no address of a broker: HOST:PORT')
    try:
        socket.create_connection((host, int(port)), PATIENCE_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise CommandError(ExitCode.NO_ACCESS, f"no Kafka broker at {address}: {error}") from None


def free_port(host: str = "127.0.0.1") -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
