"""``sentinel scan``: one scan in this process, its events as lines, its progress and summary for a person."""
