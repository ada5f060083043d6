"""What the owner of an account must create before it can be scanned, generated from the declared operations."""
