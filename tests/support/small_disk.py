"""A real file system of a few megabytes, which a test fills to the last byte."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

CHUNK = 64 * 1024


@dataclass(frozen=True)
class SmallDisk:
    """Mounted at ``place``."""

    place: Path

    @property
    def ballast(self) -> Path:
        return self.place / "ballast"

    def fill(self) -> None:
        """Not one more byte fits."""
        with self.ballast.open("ab", buffering=0) as file:
            for size in (CHUNK, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue
        assert shutil.disk_usage(self.place).free == 0

    def free(self) -> None:
        self.ballast.unlink()


@contextmanager
def small_disk(place: Path, size_mib: int) -> Iterator[SmallDisk]:
    """Needs root, or sudo without a password; skipped where there is neither, which fails in CI."""
    place.mkdir()
    _as_root("mount", "-t", "tmpfs", "-o", f"size={size_mib}m,mode=0777", "tmpfs", str(place))
    try:
        yield SmallDisk(place)
    finally:
        _as_root("umount", "--lazy", str(place))


def _as_root(*command: str) -> None:
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    try:
        ended = subprocess.run([*sudo, *command], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("mounting a small disk needs root")
    if ended.returncode:
        pytest.skip(f"mounting a small disk needs root: {ended.stderr.strip()}")
