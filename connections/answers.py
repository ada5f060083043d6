"""Answers about details, kept on this machine for scans that take older ones: files that anybody may delete.

One file an answer, named by what was asked and by whom; nothing else of the question is written. What holds a secret is
not kept at all: what the redaction of the audit log would take out decides. A file is whole or not there, and one that
was damaged is as good as none.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import Any, Final

import msgspec
import structlog

from connections.redaction import redacted
from schemas.details import KeptAnswer, Question
from schemas.event import utc_now
from schemas.scan import MAX_AGE_SECONDS

FORM: Final = 1
"""Of the files. What was written in another form is never found."""
SUM_BYTES: Final = 16
SWEEP_BYTES: Final = 16 * 1024 * 1024
"""How much is written before it is looked whether there is too much."""
_SESSION: Final = re.compile(r"(arn:[a-z-]+:sts::\d{12}:assumed-role/.+)/[^/]+")

log = structlog.get_logger("connections")


class AnswerFiles:
    """A folder of answers, at most so large. Safe for threads, and for processes that share the folder."""

    def __init__(self, folder: Path, most_mib: int, clock: Callable[[], datetime] = utc_now) -> None:
        self._folder, self._most, self._clock = folder, most_mib * 1024 * 1024, clock
        self._unswept = SWEEP_BYTES  # the first that is written sweeps
        self._lock = Lock()

    def find(self, asked: Question) -> KeptAnswer | None:
        """The last answer; None where there is none that can be read."""
        path = self._path(asked)
        try:
            told = path.read_bytes()
        except OSError:
            return None
        body = told[SUM_BYTES:]
        if told[:SUM_BYTES] == _sum(body):
            with contextlib.suppress(msgspec.MsgspecError, TypeError, ValueError):
                return KeptAnswer(*msgspec.msgpack.decode(body, type=tuple[dict[str, Any], datetime]))
        log.warning("kept_answer_damaged", operation=asked.operation, region=asked.region)
        path.unlink(missing_ok=True)
        return None

    def keep(self, asked: Question, answer: KeptAnswer, shape: object) -> None:
        """Keep it, unless it holds a secret; one that was kept before is then dropped."""
        if redacted(answer.answer, shape) != answer.answer:
            self.drop(asked)
            return
        try:
            self._write(self._path(asked), msgspec.msgpack.encode(tuple(answer)))
        except (OSError, TypeError, ValueError, OverflowError) as error:
            log.warning("answer_not_kept", operation=asked.operation, region=asked.region, error=str(error))

    def drop(self, asked: Question) -> None:
        """Forget it."""
        with contextlib.suppress(OSError):
            self._path(asked).unlink(missing_ok=True)

    def _path(self, asked: Question) -> Path:
        who = [FORM, *asked._replace(principal=_role_of(asked.principal))]
        name = blake2b(msgspec.json.encode(who, order="sorted"), digest_size=20).hexdigest()
        return self._folder / name[:2] / name[2:]

    def _write(self, path: Path, body: bytes) -> None:
        self._make_room(len(body))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{token_hex(4)}.part")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(_sum(body) + body)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def _make_room(self, more: int) -> None:
        """Now and then: drop what no scan may take any more, and the oldest where there is too much."""
        with self._lock:
            self._unswept += more
            if self._unswept < min(SWEEP_BYTES, self._most):
                return
            self._unswept = 0
        oldest_allowed = (self._clock() - timedelta(seconds=MAX_AGE_SECONDS)).timestamp()
        total = 0
        for written, size, path in sorted(self._files(), reverse=True):
            total += size
            if written < oldest_allowed or total > self._most:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):
                told = path.stat()
                yield told.st_mtime, told.st_size, path


def _sum(body: bytes) -> bytes:
    return blake2b(body, digest_size=SUM_BYTES).digest()


def _role_of(principal: str) -> str:
    """An assumed role without the name of its session, which is another one each time."""
    found = _SESSION.fullmatch(principal)
    return found[1] if found else principal
