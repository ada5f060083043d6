"""Repositories and migrations: all SQL of the product stands here."""

from stores.errors import StoreError, StoreFullError
from stores.store import ReadSession, Store, WriteSession, open_store

__all__ = ["ReadSession", "Store", "StoreError", "StoreFullError", "WriteSession", "open_store"]
