"""Scans: asked for, looked at, followed."""
