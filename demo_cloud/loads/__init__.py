"""How busy things are, a module a theme: which series a resource has, and the value of each hour."""
