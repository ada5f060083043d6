"""A seeded local cloud that the real SDKs talk to."""
