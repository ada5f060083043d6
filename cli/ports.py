"""Ports of this machine."""

from __future__ import annotations

import socket

from cli.exits import CommandError, ExitCode


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


def free_port(host: str = "127.0.0.1") -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
