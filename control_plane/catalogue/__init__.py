"""The catalogue: what can be scanned."""
