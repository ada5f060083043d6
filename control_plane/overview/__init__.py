"""The overview: what the page at / shows."""
