"""What the clouds cost: sums, line items, the month to date."""
