"""Dead letters: what could not be read or stored, to be sent again or dropped."""
