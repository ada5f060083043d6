"""``sentinel accounts``: the accounts of a server."""
