"""The lake on the command line."""
