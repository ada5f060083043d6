"""Fixtures that several rooms share."""

from tests.support.kafka import kafka_broker

__all__ = ["kafka_broker"]
