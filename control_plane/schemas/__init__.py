"""The contracts for subscribers: JSON Schema of every event type, and the AsyncAPI document."""
