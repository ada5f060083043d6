"""Progress on standard error: a live table on a terminal, one line for each service without one, nothing if quiet."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cli.board import Board


class Progress(Protocol):
    """Shows a board while work goes on."""

    def say(self, line: str) -> None:
        """One line that stays."""

    def ended(self, services: Iterable[str]) -> None:
        """These services are done everywhere."""

    def close(self) -> None:
        """Leave the screen as a log of what stays."""


class QuietProgress:
    """Says nothing."""

    def say(self, line: str) -> None:
        """Drop the line."""

    def ended(self, services: Iterable[str]) -> None:
        """Drop them."""

    def close(self) -> None:
        """Nothing to do."""


class LineProgress:
    """One line for each service, for logs."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def say(self, line: str) -> None:
        """One line."""
        print(line, file=sys.stderr, flush=True)

    def ended(self, services: Iterable[str]) -> None:
        """One line for each."""
        for service in services:
            self.say(self._board.line(service))

    def close(self) -> None:
        """Nothing to do."""


class LiveProgress:
    """A table that is redrawn in place, a mark for each region: ``.`` waits, ``o`` runs, ``#`` done, ``!`` not seen."""

    def __init__(self, board: Board) -> None:
        from rich.console import Console
        from rich.live import Live

        self._board = board
        self._console = Console(stderr=True, highlight=False, no_color=True)
        self._live = Live(
            console=self._console,
            get_renderable=self._table,
            refresh_per_second=8,
            transient=True,
            redirect_stdout=False,
        )
        self._live.start(refresh=True)

    def _table(self) -> str:
        marks = max(0, min(30, self._console.width - 62))
        return "\n".join(line[: self._console.width - 1] for line in self._board.lines(marks=marks))

    def say(self, line: str) -> None:
        """One line above the table."""
        self._console.print(line, markup=False, soft_wrap=True)

    def ended(self, services: Iterable[str]) -> None:
        """The table shows it."""

    def close(self) -> None:
        """Take the table away and leave one line for each service that ended."""
        self._live.stop()
        for line in self._board.ended_lines():
            self.say(line)


def open_progress(board: Board, *, quiet: bool = False) -> Progress:
    """The progress that fits this standard error."""
    if quiet:
        return QuietProgress()
    if sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb":
        return LiveProgress(board)
    return LineProgress(board)
