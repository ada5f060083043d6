"""Events: the facts themselves, newest first."""
