"""The log between the processes: one protocol, SQLite on one machine, Kafka in production."""

from bus.errors import BusError, MessageTooLargeError
from bus.open import open_bus
from bus.protocol import Bus, Consumer, Message, Outgoing, Position, Sender

__all__ = [
    "Bus",
    "BusError",
    "Consumer",
    "Message",
    "MessageTooLargeError",
    "Outgoing",
    "Position",
    "Sender",
    "open_bus",
]
