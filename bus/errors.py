"""Errors of the bus."""

from schemas.errors import SentinelError


class BusError(SentinelError):
    """The log cannot be reached or refused: one clear line; trying again may help."""


class MessageTooLargeError(BusError):
    """A message is over the limit of the bus. Trying again does not help."""
