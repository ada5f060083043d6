"""``sentinel demo``: a cloud, the whole product and a scan on this machine, then the payoff."""
