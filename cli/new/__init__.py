"""``sentinel new``: the first version of a rule or a resource type, and its test."""
