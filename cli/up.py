"""``sentinel up``: a small supervisor of two processes, the API and the engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from cli.children import start_module, stop
from cli.configuration import load_settings, make_home
from cli.disk import DiskWatch, watched
from cli.exits import CommandError, ExitCode
from cli.first_user import make_first_user
from cli.own_keys import keys_by_role
from cli.ports import require_free_port
from schemas.settings import Settings

ROLES: Final[dict[str, tuple[str, ...]]] = {"api": ("control_plane",), "engine": ("data_plane", "engine")}
LOOK_SECONDS: Final = 0.1
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 10.0
HEALTHY_SECONDS: Final = 30.0
"""A process that lived so long starts again with the shortest pause."""
MOST_DEATHS: Final = 5
"""After so many deaths in a row the supervisor gives up: something is wrong that a restart does not cure."""


@dataclass(slots=True)
class Role:
    """One process that is kept alive."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    child: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    again_at: float = 0.0

    def look(self, now: float, say: Callable[[str], None]) -> None:
        """Start it when it is time; see whether it died. Raises ``CommandError`` when it dies again and again."""
        if self.child is None:
            if now >= self.again_at:
                self.child, self.started = self.start(), now
            return
        code = self.child.poll()
        if code is not None:
            self._died(code, now, say)

    def _died(self, code: int, now: float, say: Callable[[str], None]) -> None:
        self.child = None
        self.deaths = 1 if now - self.started > HEALTHY_SECONDS else self.deaths + 1
        if code == ExitCode.BAD_INPUT:
            raise CommandError(ExitCode.BAD_INPUT, f"{self.name} refused to start (its line is above)")
        if self.deaths >= MOST_DEATHS:
            raise CommandError(
                ExitCode.INTERNAL, f"{self.name} died {self.deaths} times in a row, the last with {code}"
            )
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.deaths - 1))
        self.again_at = now + pause
        say(f"{self.name} ended with {code}; starts again in {pause:.1f} s")


@dataclass(slots=True)
class Supervisor:
    """Keeps roles alive until it is told to stop."""

    roles: Sequence[Role]
    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    disk: DiskWatch | None = None
    stopping: bool = field(default=False, init=False)

    def run(self) -> None:
        """Until ``stop`` is called or a role cannot be kept alive; then nothing is left running."""
        try:
            while not self.stopping:
                for role in self.roles:
                    role.look(self.clock(), self.say)
                if self.disk is not None:
                    self.disk.look(self.clock(), self.say)
                time.sleep(LOOK_SECONDS)
        finally:
            stop(role.child for role in self.roles if role.child is not None)

    def stop(self, *_: object) -> None:
        """A signal arrived."""
        self.stopping = True


def run_up(port: int | None) -> int:
    """Run API and engine until Ctrl-C or SIGTERM."""
    settings = load_settings(port=port)
    require_free_port(settings.host, settings.port)
    make_home(settings)
    make_first_user(settings, _say)
    keys = keys_by_role(settings)
    roles = [
        _role(name, module, {**_environment(settings, number), **keys[name]})
        for number, (name, module) in enumerate(ROLES.items())
    ]
    supervisor = Supervisor(roles, _say, disk=watched(settings))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, supervisor.stop)
    _say(f"http://{settings.host}:{settings.port}/ (Ctrl-C stops)")
    supervisor.run()
    return ExitCode.CLEAN


def _environment(settings: Settings, number: int) -> dict[str, str]:
    """What this shell has; each process tells its metrics on a port of its own, one after the other."""
    ports = {"SENTINEL_PORT": str(settings.port)}
    if settings.metrics_port is not None:
        ports["SENTINEL_METRICS_PORT"] = str(settings.metrics_port + number)
    return {**os.environ, **ports}


def _role(name: str, module: tuple[str, ...], environment: dict[str, str]) -> Role:
    return Role(name, lambda: start_module(*module, environment=environment))


def _say(line: str) -> None:
    print(f"sentinel up: {line}", file=sys.stderr, flush=True)
