"""The raw answers of a scan, kept as an audit log when ``SENTINEL_RAW`` names a folder.

One file for each attempt of a task, ``SCAN/TASK.ATTEMPT.jsonl.gz``: a line for each answer, in the order in which they
came. A file gets its name when the task has ended; until then, or when its process died, it ends on ``.part``.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import msgspec
import structlog

from connections.redaction import redacted

if TYPE_CHECKING:
    from schemas.scan import TaskSpec
    from schemas.settings import Settings

SEALED: Final = ".jsonl.gz"
_KIB: Final = 1024
_TASK: ContextVar[RawLog | None] = ContextVar("raw_log", default=None)

log = structlog.get_logger("connections")


class RawAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line. ``answer`` is what the SDK read; a text, cut off, where it was larger than ``truncated_from_bytes``."""

    time: datetime
    scan_id: str
    task_id: str
    attempt: int
    operation: str
    account_id: str = ""
    region: str = ""
    arguments: Any = None
    status: int = 0
    """Of HTTP."""
    answer: Any = None
    truncated_from_bytes: int = 0
    left_out: int = 0
    """In the last line of a file: answers that came when the scan had no room left."""


@contextmanager
def keeping(task: TaskSpec, settings: Settings, clock: Callable[[], datetime]) -> Iterator[None]:
    """All answers within belong to this task. Does nothing unless the setting is set."""
    if settings.raw is None:
        yield
        return
    raw = RawLog(task, settings.raw, settings, clock)
    token = _TASK.set(raw)
    try:
        yield
    finally:
        _TASK.reset(token)
        raw.seal()


def keeps() -> bool:
    """Whether answers are kept now: for an SDK whose answers have to be turned into plain values first."""
    return _TASK.get() is not None


def keep(operation: str, region: str, arguments: object, status: int, answer: object, shape: object = None) -> None:
    """What a cloud answered, for the hook of an SDK. ``shape`` is botocore's model of the answer."""
    raw = _TASK.get()
    if raw is not None:
        raw.keep(operation, region, redacted(arguments), status, redacted(answer, shape))


class RawLog:
    """The file of one attempt. Safe for threads. What goes wrong with it never touches the scan."""

    def __init__(self, task: TaskSpec, folder: Path, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._task, self._clock = task, clock
        self._place = folder / task.scan.scan_id
        self._name = f"{task.task_id}.{task.attempt}{SEALED}"
        self._answer_bytes, self._scan_bytes = settings.raw_answer_kib * _KIB, settings.raw_scan_mib * _KIB * _KIB
        self._on_disk: BinaryIO
        self._file: gzip.GzipFile | None = None
        self._left_out = 0
        self._closed = False
        self._lock = Lock()

    def keep(self, operation: str, region: str, arguments: object, status: int, answer: object) -> None:
        """One more answer, unless the scan has no room left."""
        body = msgspec.json.encode(answer, enc_hook=str)
        cut = len(body) > self._answer_bytes
        line = self._line(
            operation,
            region=region,
            arguments=arguments,
            status=status,
            answer=body[: self._answer_bytes].decode(errors="ignore") if cut else msgspec.Raw(body),
            truncated_from_bytes=len(body) if cut else 0,
        )
        with self._lock:
            if not self._closed:
                self._guarded(lambda: self._write(line))

    def seal(self) -> None:
        """Close the file and give it its name."""
        with self._lock:
            if self._file is not None and not self._closed:
                self._guarded(self._seal)
            self._closed = True

    def _line(self, operation: str, **told: Any) -> bytes:  # noqa: ANN401 - fields of the line
        task = self._task
        answer = RawAnswer(
            time=self._clock(),
            scan_id=task.scan.scan_id,
            task_id=task.task_id,
            attempt=task.attempt,
            account_id=task.account_id,
            operation=operation,
            **told,
        )
        return msgspec.json.encode(answer, enc_hook=str) + b"\n"

    def _write(self, line: bytes) -> None:
        if self._kept_bytes() + len(line) > self._scan_bytes:
            self._left_out += 1
            return
        self._opened().write(line)

    def _seal(self) -> None:
        file = self._opened()
        if self._left_out:
            file.write(self._line("", left_out=self._left_out))
        file.close()
        self._on_disk.close()
        (self._place / f"{self._name}.part").replace(self._place / self._name)

    def _opened(self) -> gzip.GzipFile:
        if self._file is None:
            self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = self._place / f"{self._name}.part"
            part.touch(mode=0o600)
            self._on_disk = part.open("wb")
            self._file = gzip.GzipFile(fileobj=self._on_disk, mode="wb")
        return self._file

    def _kept_bytes(self) -> int:
        return sum(each.stat().st_size for each in self._place.iterdir()) if self._place.exists() else 0

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except OSError as error:
            self._closed = True
            log.warning("raw_answers_not_kept", task_id=self._task.task_id, error=str(error))


def answers(folder: Path, scan_id: str, *, task_id: str = "", operation: str = "") -> Iterator[Mapping[str, Any]]:
    """The lines that were kept of a scan, task by task. Files that were never finished are left out."""
    for file in sorted((folder / scan_id).glob(f"*{SEALED}")):
        if task_id and file.name.removesuffix(SEALED).rpartition(".")[0] != task_id:
            continue
        with gzip.open(file, "rb") as lines:
            for line in lines:
                found: Mapping[str, Any] = msgspec.json.decode(line)
                if not operation or found["operation"] == operation:
                    yield found


def scans_in(folder: Path) -> list[str]:
    """The scans of which something was kept, the newest first."""
    places = [each for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []
    return [each.name for each in sorted(places, key=lambda each: each.stat().st_mtime, reverse=True)]


def drop_before(folder: Path, moment: datetime) -> int:
    """Delete what was written before; how many files. A scan goes with its last file."""
    dropped = 0
    for place in [each for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []:
        for file in [each for each in place.iterdir() if each.stat().st_mtime < moment.timestamp()]:
            file.unlink(missing_ok=True)
            dropped += 1
        if not any(place.iterdir()):
            place.rmdir()
    return dropped
