"""The connection factory: (provider, mode, account) to clients, behind a read-only guard."""
