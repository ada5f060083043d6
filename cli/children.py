"""Child processes that die with their parent and end when asked."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import IO, Final

GRACE_SECONDS: Final = 5.0
_SET_PARENT_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """Runs in the child before its program: the kernel sends SIGTERM when the parent is gone, even by SIGKILL."""
    if _LIBC is not None:
        _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def start_module(
    module: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """``python -m module`` in a session of its own: Ctrl-C reaches it through us only, so the order of the end is ours.

    Call it from the main thread: the kernel ties the child to the thread that started it.
    """
    return subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", module, *arguments],
        env=None if environment is None else dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        start_new_session=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - one thread only, and nothing but prctl
    )


def stop(children: Iterable[subprocess.Popen[bytes]], grace_seconds: float = GRACE_SECONDS) -> None:
    """Ask all to end, wait for a moment, and end what is left."""
    running = [child for child in children if child.poll() is None]
    for child in running:
        child.terminate()
    for child in running:
        with suppress(subprocess.TimeoutExpired):
            child.wait(grace_seconds)
        if child.poll() is None:
            child.kill()
            child.wait()
