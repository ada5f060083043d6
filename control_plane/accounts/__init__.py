"""Accounts: which there are, and how each is reached. Secrets are only ever wrapped here."""
