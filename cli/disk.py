"""The disk that the files of one machine are on: said in words when it gets full, and when there is space again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from schemas.settings import Settings

LOOK_SECONDS: Final = 2.0
MIB: Final = 1024 * 1024
FULL_BYTES: Final = MIB // 4
LOW_BYTES: Final = 64 * MIB
LOW_SHARE: Final = 0.1
"""Of a disk that is small as a whole."""
State = Literal["roomy", "low", "full"]


@dataclass(slots=True)
class DiskWatch:
    """Looks at the folders now and then, and says what has changed."""

    folders: tuple[Path, ...]
    states: dict[Path, State] = field(default_factory=dict, init=False)
    again_at: float = field(default=0.0, init=False)

    def look(self, now: float, say: Callable[[str], None]) -> None:
        """Once in a while."""
        if now >= self.again_at:
            self.again_at = now + LOOK_SECONDS
            for folder in self.folders:
                self._look_at(folder, say)

    def _look_at(self, folder: Path, say: Callable[[str], None]) -> None:
        try:
            usage = shutil.disk_usage(folder)
        except OSError:
            return
        state = _state(usage.total, usage.free)
        if state != self.states.get(folder, "roomy"):
            say(_line(state, folder, usage.free))
        self.states[folder] = state


def watched(settings: Settings) -> DiskWatch:
    """The folders of the files of SQLite, each disk once."""
    files = [Path(url.removeprefix("sqlite:///")) for url in (settings.bus_url, settings.store_url)]
    return DiskWatch(tuple(_each_disk_once(file.parent for file in files if file.is_absolute())))


def _each_disk_once(folders: Iterable[Path]) -> Iterable[Path]:
    return {folder.stat().st_dev: folder for folder in folders if folder.is_dir()}.values()


def _state(total: int, free: int) -> State:
    if free < FULL_BYTES:
        return "full"
    return "low" if free < min(LOW_BYTES, LOW_SHARE * total) else "roomy"


def _line(state: State, folder: Path, free: int) -> str:
    match state:
        case "full":
            return f"the disk of {folder} is full: work waits until there is space again; nothing is lost"
        case "low":
            return f"the disk of {folder} is nearly full ({free // MIB} MiB free): free some space, or work will wait"
        case "roomy":
            return f"the disk of {folder} has space again: work goes on"
