"""``sentinel help TOPIC``."""

from __future__ import annotations

from cli.exits import MEANINGS, ExitCode
from cli.names import unknown
from cli.text import table

TOPICS = ("exit-codes",)


def print_topic(topic: str) -> int:
    """Print one topic."""
    if topic not in TOPICS:
        raise unknown("topic", topic, TOPICS, listing=", ".join(TOPICS))
    print("\n".join(table([[str(int(code)), meaning] for code, meaning in MEANINGS.items()])))
    return ExitCode.CLEAN
