"""The scans of a server, from the command line."""
