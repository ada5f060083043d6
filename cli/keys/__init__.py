"""``sentinel keys``: the keys that seal and open the secrets of accounts."""
