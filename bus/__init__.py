"""The log between the processes: one protocol, SQLite on one machine, Kafka in production."""

from bus.errors import BusError, MessageTooLargeError, UndeliveredError
from bus.open import bus_of, open_bus
from bus.protocol import MAX_MESSAGE_BYTES, Bus, Consumer, Message, OnAssigned, Outgoing, Position, Sender
from bus.sizes import size_bytes

__all__ = [
    "MAX_MESSAGE_BYTES",
    "Bus",
    "BusError",
    "Consumer",
    "Message",
    "MessageTooLargeError",
    "OnAssigned",
    "Outgoing",
    "Position",
    "Sender",
    "UndeliveredError",
    "bus_of",
    "open_bus",
    "size_bytes",
]
