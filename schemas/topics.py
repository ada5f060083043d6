"""The topics, what keys them, and the small messages that travel on them."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from schemas.errors import InvalidInputError
from schemas.scan import Provider, RuleCount

SCANS: Final = "sentinel.scans"
TASKS: Final = "sentinel.tasks"
EVENTS: Final = "sentinel.events"
PROGRESS: Final = "sentinel.progress"
DEAD_LETTERS: Final = "sentinel.dead-letters"
CLIENT: Final = "{client}"
"""In the name of the events' topic: each client has its own."""
_NAME: Final = re.compile(r"(?!\.\.?$)[A-Za-z0-9._-]{1,180}")
CHANGES: Final = "sentinel.changes"
TOPICS: Final = (SCANS, TASKS, EVENTS, PROGRESS, DEAD_LETTERS, CHANGES)

REPLAY_OF: Final = "sentinel-replay-of"
"""Header of a message that is sent again: the id of its first dead letter."""


class ScanMessage(msgspec.Struct, frozen=True, tag_field="kind", tag="accepted"):
    """On ``sentinel.scans``, keyed by scan id: a job was accepted. A reference only, never credentials."""

    scan_id: str
    client_id: str


class ScanCancelled(msgspec.Struct, frozen=True, tag_field="kind", tag="cancelled"):
    """On ``sentinel.scans``, keyed by scan id: a job was cancelled. Its row says so; nobody has to read this."""

    scan_id: str
    client_id: str


class JobMessage(msgspec.Struct, frozen=True, tag_field="kind", tag="job"):
    """On ``sentinel.scans``, keyed by job id: a job that is no scan was accepted; some worker may claim its row."""

    job_id: str
    client_id: str


class TaskMessage(msgspec.Struct, frozen=True, tag_field="kind", tag="dispatch"):
    """On ``sentinel.tasks``, keyed by account + region: somebody may claim this task's row."""

    task_id: str
    scan_id: str
    account_id: str
    region: str
    family: str


class ProgressMessage(msgspec.Struct, frozen=True):
    """On ``sentinel.progress``, keyed by scan id: what happened to a scan, in order.

    ``kind`` is one of scan_accepted, scan_started, task_started, task_finished, task_failed, task_retried,
    task_cancelled, task_settled, scan_finished. The payload of task_finished holds a ``TaskFinished``, that of
    task_settled is a ``TaskSettled``.
    """

    seq: int
    scan_id: str
    kind: str
    at: str
    payload: dict[str, Any]


class TaskFinished(msgspec.Struct, frozen=True):
    """What a finished task tells of itself beside its counts: enough to know what its silence means."""

    task_id: str
    attempt: int
    account_id: str
    region: str
    offsets: dict[str, int]
    """The highest that its events got, by partition of the events topic."""
    rules: tuple[RuleCount, ...]
    complete: tuple[str, ...]
    """The services whose listing was read to the end."""


class TaskSettled(msgspec.Struct, frozen=True):
    """All events of a task were stored, and what its complete listings no longer show was resolved.

    ``positions``: the next offset to read of each partition of its client's events topic, at that moment.
    """

    task_id: str
    attempt: int
    client_id: str
    provider: Provider
    asof: datetime
    regions: tuple[str, ...] | None
    categories: tuple[str, ...]
    positions: dict[str, int]


class DeadLetter(msgspec.Struct, frozen=True):
    """On ``sentinel.dead-letters``: what could not be read or stored, why, and from where.

    ``partition`` and ``offset`` are -1 for what was refused before it was sent. ``body`` is text, or base64 where the
    original is no UTF-8; ``truncated`` says that only its beginning fits into a message.
    """

    topic: str
    partition: int
    offset: int
    key: str
    reason: str
    body: str
    encoding: Literal["text", "base64"] = "text"
    truncated: bool = False
    headers: dict[str, str] = {}
    replay_of: str | None = None
    """The id of the first dead letter, where this message had been sent again."""

    def content(self) -> bytes:
        """The body as it was. Raises ``ValueError`` for what is no base64."""
        return base64.b64decode(self.body, validate=True) if self.encoding == "base64" else self.body.encode()


def events_topic(template: str, client_id: str) -> str:
    """Where the events of a client go."""
    return template.replace(CLIENT, client_id)


def changes_topic(template: str, key: str) -> str:
    """Where the change of this key goes: where each client has a topic of events, it has one of changes too."""
    return f"{CHANGES}.{key.partition('|')[0]}" if CLIENT in template else CHANGES


def fixed_topics(template: str) -> tuple[str, ...]:
    """All topics but those of single clients."""
    return tuple(template if name == EVENTS else name for name in TOPICS if name != EVENTS or CLIENT not in template)


def is_topic(name: str, template: str) -> bool:
    """Whether it is a topic of ours: a fixed one, or that of a client's events."""
    before, _, after = template.partition(CLIENT)
    of_client = CLIENT in template and name.startswith(before) and name.endswith(after)
    return name in fixed_topics(template) or (of_client and _NAME.fullmatch(name) is not None)


def check_events_topic(template: str) -> None:
    """Raises ``InvalidInputError`` for what is no name of a topic, or that of another one."""
    name = events_topic(template, "c")
    if not _NAME.fullmatch(name) or template.count(CLIENT) > 1 or (name in TOPICS and template != EVENTS):
        allowed = "up to 180 letters, digits, `.`, `_` and `-`, with at most one `{client}`, and no other topic's name"
        raise InvalidInputError("SENTINEL_EVENTS_TOPIC", template, allowed)


def change_key(client_id: str, resource_id: str, fact: str) -> str:
    """What ``sentinel.changes`` is compacted by: client, resource and fact.

    The fact is the event's type, with ``#statistic`` behind it for performance and ``#rule`` for findings.
    """
    return f"{client_id}|{resource_id}|{fact}"


def tasks_key(account_id: str, region: str) -> str:
    """Dispatch is keyed by account and region, so that one worker tends to own a quota."""
    return f"{account_id}/{region}"
