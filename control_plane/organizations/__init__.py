"""Organizations: their accounts become accounts of the client."""
