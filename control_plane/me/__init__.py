"""Whoever asks, about themselves."""
