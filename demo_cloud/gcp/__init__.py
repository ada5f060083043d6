"""A seeded local Google Cloud: Cloud Asset Inventory and Cloud Monitoring over gRPC, and where tokens come from."""
