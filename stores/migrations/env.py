"""Alembic's entry: it migrates the connection that ``stores.migrate`` opened, in the transaction that it began."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
