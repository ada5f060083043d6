"""Where the events of a scan go: whole lines only, whatever happens in between."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cli.exits import CommandError, ExitCode
from schemas.event import encode, encode_2cbp

if TYPE_CHECKING:
    from cli.scan.request import Form
    from schemas.event import Event

ENCODERS: dict[Form, Callable[[Event], bytes]] = {"cloudevents": encode, "2cbp": encode_2cbp}


class Lines(Protocol):
    """Takes events, one JSON document a line."""

    name: str

    def write(self, events: Sequence[Event]) -> None:
        """Write these events. Raises ``OSError``; then what stands there are whole lines."""

    def close(self) -> None:
        """Let go."""


class FileLines:
    """A file of its own. A write that fails in the middle (a full disk) is taken back to the last whole line."""

    def __init__(self, path: Path, form: Form) -> None:
        self.name = str(path)
        self._encode = ENCODERS[form]
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        except OSError as error:
            raise CommandError(ExitCode.BAD_INPUT, f"--output {path}: {error.strerror}; or --output -") from error
        self._end = 0

    def write(self, events: Sequence[Event]) -> None:
        """Write these events, unbuffered."""
        body = memoryview(b"".join(self._encode(event) + b"\n" for event in events))
        try:
            written = 0
            while written < len(body):
                written += os.write(self._descriptor, body[written:])
        except OSError:
            with suppress(OSError):  # a pipe or a device cannot be taken back
                os.ftruncate(self._descriptor, self._end)
                os.lseek(self._descriptor, self._end, os.SEEK_SET)
            raise
        self._end += len(body)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


class StdoutLines:
    """Standard output, for a pipe: each batch is flushed. Raises ``BrokenPipeError`` when the reader is gone."""

    name = "standard output"

    def __init__(self, form: Form) -> None:
        self._encode = ENCODERS[form]

    def write(self, events: Sequence[Event]) -> None:
        """Write and flush these events."""
        sys.stdout.buffer.write(b"".join(self._encode(event) + b"\n" for event in events))
        sys.stdout.buffer.flush()

    def close(self) -> None:
        """Nothing to let go of."""
