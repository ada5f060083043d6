"""``sentinel rules``: which rules there are, and what each of them means."""
