"""The AWS engine and one small file a resource type."""
