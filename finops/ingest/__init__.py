"""Ingestion: a bill becomes raw, silver and gold files in the lake, and daily costs in the store."""
