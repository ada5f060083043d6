"""Jobs beside scans: accepted here, done by workers."""
