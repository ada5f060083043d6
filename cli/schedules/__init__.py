"""``sentinel schedules``: when which accounts of a server are scanned."""
