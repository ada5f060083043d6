"""Schedules: which accounts are scanned when, and what their runs came to."""
