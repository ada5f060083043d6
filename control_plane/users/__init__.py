"""People of a client."""
