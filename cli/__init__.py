"""The command line: thin, quick to start, and it never says "clean" of what it could not see."""
