"""Errors of the bus."""

from schemas.errors import SentinelError


class BusError(SentinelError):
    """The log cannot be reached or refused: one clear line; trying again may help."""


class UndeliveredError(BusError):
    """Messages that a sender had taken will never arrive: its unit of work is to be repeated, with a new sender."""


class MessageTooLargeError(BusError):
    """A message is over the limit of the bus. Trying again does not help."""
