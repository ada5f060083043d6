"""Resource model, scanners, rules and outcomes, catalogue and prices: the same for every provider."""
