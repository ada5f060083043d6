"""Signing in: people by password or at a provider, machines by keys."""
