"""Ingestions of bills, as the API tells of them."""
