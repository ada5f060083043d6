"""A small fake Azure over TLS: sign-in, Resource Manager, Resource Graph and metrics of seeded subscriptions.

The bodies have the fields of Microsoft's published examples; tests read them with the models of the management SDKs.
What is not known here is refused loudly.
"""
