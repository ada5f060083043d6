"""How many messages pass through queues, and how often they are asked in vain."""

from __future__ import annotations

from datetime import datetime
from zlib import crc32

from demo_cloud.loads.series import SAMPLES_AN_HOUR, Series, Told, since, steady
from demo_cloud.planted.queues import POLLS_AN_HOUR, Queue
from demo_cloud.world import Place


def series(place: Place, now: datetime) -> Told:
    """A queue that nobody touches counts nothing, as AWS documents."""
    for queue in place.of(Queue):
        dimensions, first = (("QueueName", queue.id),), since(now, queue.age)
        if queue.hourly:
            hour = steady(queue.hourly / SAMPLES_AN_HOUR, crc32(queue.id.encode()))
            for name in ("NumberOfMessagesSent", "NumberOfMessagesReceived"):
                yield ("AWS/SQS", name, dimensions), Series(hour, first, "Count")
            oldest = steady(2.0, crc32(queue.id.encode()))
            yield ("AWS/SQS", "ApproximateAgeOfOldestMessage", dimensions), Series(oldest, first, "Seconds")
        if queue.polled:
            yield ("AWS/SQS", "NumberOfEmptyReceives", dimensions), Series(_polls, first, "Count")


def _polls(hour: int) -> tuple[float, float]:  # noqa: ARG001 - always the same
    return POLLS_AN_HOUR / SAMPLES_AN_HOUR, POLLS_AN_HOUR / SAMPLES_AN_HOUR
