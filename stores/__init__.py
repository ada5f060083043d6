"""Repositories and migrations: all SQL of the product stands here."""
