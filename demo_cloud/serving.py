"""What every fake cloud's process does the same way: options, the ready line, serving until it is told to end."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from werkzeug.serving import WSGIRequestHandler

from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

EXIT_INPUT: Final = 2
EXIT_PORT: Final = 3
PARENT_CHECK_SECONDS: Final = 0.5


class QuietHandler(WSGIRequestHandler):
    """Logs nothing, and ends the connection when a fault says so (``Dropped``)."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002, ANN401 - werkzeug's signature
        """Say nothing: the ledger keeps what was called."""

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Say no more on this connection."""
        self.close_connection = True


def positive(name: str, number: int) -> int:
    """The number. Raises ``InvalidInputError`` below 1."""
    if number < 1:
        raise InvalidInputError(name, number, "at least 1")
    return number


def moment_of(text: str | None) -> datetime:
    """The moment that all ages count from; the current hour when none was given. Raises ``InvalidInputError``."""
    if text is None:
        return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError("now", text, "an ISO time such as 2026-11-21T04:00:00Z") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def serve(server: BaseWSGIServer, ready: str, parent_pid: int | None) -> None:
    """Say that it is ready, in one line, and serve until SIGTERM, SIGINT or the end of the parent."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    if parent_pid:
        threading.Thread(target=follow, args=(parent_pid, server.shutdown), daemon=True).start()
    sys.stdout.write(ready + "\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)
    server.server_close()


def follow(pid: int, end: Callable[[], object]) -> None:
    """End when that process is gone."""
    while os.getppid() == pid or Path(f"/proc/{pid}").exists():
        time.sleep(PARENT_CHECK_SECONDS)
    end()


def fail(message: str, code: int) -> int:
    """Say why it cannot start; the exit code."""
    sys.stderr.write(f"demo cloud: {message}\n")
    return code
