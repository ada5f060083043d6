"""``sentinel findings``."""
