"""What was called: by account, service, operation and how it ended. Tests ask it whether a scan only read."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One kind of call; ``outcome`` is the HTTP status, or ``dropped``."""

    account: str
    region: str
    service: str
    operation: str
    outcome: str
    reads: bool


@dataclass
class Ledger:
    """Counts of calls since the start or the last reset. Safe for threads."""

    counts: Counter[Entry] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, entry: Entry) -> None:
        """Count one call."""
        with self._lock:
            self.counts[entry] += 1

    def reset(self) -> None:
        """Forget all."""
        with self._lock:
            self.counts.clear()

    def report(self) -> dict[str, Any]:
        """Everything as JSON values: the total, how many were refused because they write, and a line a kind."""
        with self._lock:
            counts = dict(self.counts)
        lines = [
            {
                "account": entry.account,
                "region": entry.region,
                "service": entry.service,
                "operation": entry.operation,
                "outcome": entry.outcome,
                "reads": entry.reads,
                "count": count,
            }
            for entry, count in sorted(counts.items(), key=lambda item: str(item[0]))
        ]
        writes = sum(count for entry, count in counts.items() if not entry.reads)
        return {"total": sum(counts.values()), "writes_refused": writes, "calls": lines}
