"""Findings: what wastes money or is exposed."""
