"""What the demo needs around it: a home of its own, free ports, and the processes on it."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from cli.children import start_module, stop
from cli.exits import CommandError, ExitCode
from cli.ports import free_port, require_free_port

HOST: Final = "127.0.0.1"
NEEDED_BYTES: Final = 200 * 1024 * 1024
ID_SEED: Final = "demo"
CLOUD_VARIABLES: Final = ("AWS_", "AZURE_", "BOTO_", "CLOUDSDK_", "GCE_", "GOOGLE_", "SENTINEL_")
"""Variables that begin so do not reach the demo: it is the same on every machine."""
PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def _new_key() -> str:
    """As ``control_plane.auth.opaque`` makes them."""
    return f"csk_{secrets.token_hex(8)}_{secrets.token_urlsafe(32)}"


@dataclass(slots=True)
class Stage:
    """The processes of the demo and where they are reached."""

    home: Path
    port: int
    cloud_port: int
    now: datetime
    bus: str = ""
    key: str = field(default_factory=_new_key, repr=False)
    """The API key of this demo."""
    variables: dict[str, str] = field(default_factory=dict)
    """What the processes that start from now on are told of clouds beside that of AWS."""
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _passing: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _logs: list[IO[bytes]] = field(default_factory=list)

    @property
    def api(self) -> str:
        """Base address of the API and the page."""
        return f"http://{HOST}:{self.port}"

    @property
    def cloud(self) -> str:
        """Base address of the demo cloud."""
        return f"http://{HOST}:{self.cloud_port}"

    def environment(self) -> dict[str, str]:
        """The environment of every process: nothing of the user's cloud, and a fixed moment."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(CLOUD_VARIABLES) and name.upper() not in PROXIES
        }
        chosen = {
            "SENTINEL_HOME": str(self.home),
            "SENTINEL_HOST": HOST,
            "SENTINEL_PORT": str(self.port),
            "SENTINEL_DEMO_ENDPOINT": self.cloud,
            "SENTINEL_FIXED_NOW": self.now.isoformat(),
            "SENTINEL_ID_SEED": ID_SEED,
            "SENTINEL_FIRST_KEY": self.key,
            "SENTINEL_API_KEY": self.key,
            "SENTINEL_LOG_FORMAT": "json",
            "SENTINEL_TICK_SECONDS": "0.05",
            "SENTINEL_WORKER_TASKS": "2",  # the first finding comes sooner
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": str(self.home),
            **self.variables,
        }
        return kept | chosen | ({"SENTINEL_BUS": self.bus} if self.bus else {})

    def start(self, name: str, module: str, arguments: Sequence[str]) -> None:
        """Start one process; what it says goes to a log in the home."""
        log = (self.home / f"{name}.log").open("wb")
        self._logs.append(log)
        self.children[name] = start_module(module, *arguments, environment=self.environment(), output=log)

    def run(self, name: str, module: str, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a process that ends by itself; what it says goes to a log in the home."""
        log = (self.home / f"{name}.log").open("wb")
        self._logs.append(log)
        self._passing.append(start_module(module, *arguments, environment=self.environment(), output=log))
        return self._passing[-1]

    def require_alive(self) -> None:
        """Raises ``CommandError`` with the last line of the log of a process that ended."""
        for name, child in self.children.items():
            code = child.poll()
            if code is not None:
                raise CommandError(ExitCode.INTERNAL, f"{name} ended with {code}: {self.last_line(name)}")

    def last_line(self, name: str) -> str:
        """The last line that a process said."""
        lines = (self.home / f"{name}.log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def close(self) -> None:
        """Stop everything, the consumers of the cloud first."""
        stop([*self._passing, *list(self.children.values())[::-1]])
        for log in self._logs:
            log.close()


@contextmanager
def open_stage(port: int, *, keep: bool, say: Callable[[str], None]) -> Iterator[Stage]:
    """A stage without processes; at the end they are stopped and the home is gone, unless it is kept.

    Raises ``CommandError`` for a busy port (2) and for a disk without room (5).
    """
    require_free_port(HOST, port)
    require_room(Path(tempfile.gettempdir()))
    home = Path(tempfile.mkdtemp(prefix="sentinel-demo-"))
    stage = Stage(home, port or free_port(), free_port(), _now())
    try:
        yield stage
    finally:
        stage.close()
        if keep:
            say(f"kept: {home}")
        else:
            shutil.rmtree(home, ignore_errors=True)


def require_room(folder: Path, needed_bytes: int = NEEDED_BYTES) -> None:
    """Raises ``CommandError`` when the disk below the folder is nearly full."""
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise CommandError(
            ExitCode.INTERNAL,
            f"no space left in {folder}: {free // 2**20} MiB free, the demo needs {needed_bytes // 2**20} MiB; "
            "free some, or set TMPDIR to another disk",
        )


def _now() -> datetime:
    """``SENTINEL_FIXED_NOW``, else the hour that began last: two runs of an hour are equal."""
    from cli.configuration import load_settings

    fixed = load_settings().fixed_now
    if fixed is not None:
        return fixed if fixed.tzinfo else fixed.replace(tzinfo=UTC)
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
