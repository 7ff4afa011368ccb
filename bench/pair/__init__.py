"""How good pairs are, what pairing costs, and what its scores are fitted on."""
