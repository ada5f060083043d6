"""Pages rendered on the server; they call the same services as the API."""
