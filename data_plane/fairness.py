"""Which dispatched task gets the next free slot: the account that has the least at work, then who waited longest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bus import Message, Position
from schemas.topics import TaskMessage

REMEMBERED_ACCOUNTS = 1000


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One task's message, where it stood, and whose quota it will use."""

    message: Message
    task: TaskMessage

    @property
    def position(self) -> Position:
        """Its topic and partition."""
        return (self.message.topic, self.message.partition)

    @property
    def account(self) -> str:
        """The account, or the scan while the account is not discovered."""
        return self.task.account_id or self.task.scan_id


class FairQueue:
    """A few dispatches, looked at ahead of free slots, so that one account's backlog does not hide another's."""

    def __init__(self) -> None:
        self._waiting: list[Dispatch] = []
        self._next_offset: dict[Position, int] = {}
        self._served: dict[str, int] = {}
        self._turn = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, dispatch: Dispatch) -> None:
        """Let it wait."""
        self._waiting.append(dispatch)
        self.seen(dispatch.message)

    def seen(self, message: Message) -> None:
        """Reading goes on behind this message."""
        self._next_offset[message.topic, message.partition] = message.offset + 1

    def choose(self, running: Counter[str]) -> Dispatch:
        """The next to start; it waits until ``remove``. Raises ``ValueError`` when nothing waits."""
        return min(self._waiting, key=lambda d: (running[d.account], self._served.get(d.account, 0)))

    def remove(self, dispatch: Dispatch) -> None:
        """It was claimed, or is not to be: it waits no longer."""
        self._waiting.remove(dispatch)
        self._turn += 1
        self._served[dispatch.account] = self._turn
        self._forget()

    def _forget(self) -> None:
        """Remember the turns of a bounded number of accounts."""
        while len(self._served) > REMEMBERED_ACCOUNTS:
            del self._served[min(self._served, key=self._served.__getitem__)]

    def read_up_to(self, position: Position) -> int:
        """The next offset that a successor would have to read: nothing before it waits."""
        waiting = [d.message.offset for d in self._waiting if d.position == position]
        return min(waiting, default=self._next_offset[position])
