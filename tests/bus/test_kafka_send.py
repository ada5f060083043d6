"""Delivery reports: what was delivered where, as far as the broker told."""

from __future__ import annotations

from confluent_kafka import KafkaError, Message

from bus.kafka_send import Report


def test_the_highest_offset_of_each_partition_is_kept() -> None:
    report = Report()
    for partition, offset in ((0, 0), (1, 7), (1, 6)):
        report(None, Message(topic="events", partition=partition, offset=offset))
    assert (report.count, report.error) == (3, None)
    assert report.highest == {("events", 0): 0, ("events", 1): 7}


def test_a_delivery_without_its_offset_is_an_error() -> None:
    """Counted as offset 0 it would make a task look stored at once."""
    report = Report()
    report(None, Message(topic="events", partition=0, offset=-1001))
    assert report.count == 1
    assert report.error is not None
    assert report.highest == {}


def test_the_first_error_stays() -> None:
    report = Report()
    report(KafkaError(KafkaError._MSG_TIMED_OUT), Message(topic="events", partition=0))
    report(None, Message(topic="events", partition=0, offset=-1001))
    assert report.error is not None
    assert report.error.code() == KafkaError._MSG_TIMED_OUT
