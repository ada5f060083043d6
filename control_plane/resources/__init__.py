"""Resources: the latest state of each."""
