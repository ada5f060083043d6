"""The history of the tables, run by ``stores.migrate``."""
