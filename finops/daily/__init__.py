"""The daily run: what the clouds cost, as CSV, key figures and a report, kept for a while and put into a bucket."""
