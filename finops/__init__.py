"""Costs: readers of bills and their analysis. Nothing here yet but the place."""
