"""API keys of a client."""
