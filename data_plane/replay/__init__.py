"""Replay: facts are rebuilt from the topics, in their first order. Decisions are not touched."""
