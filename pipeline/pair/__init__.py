"""Pair: sentence pairs, and signals of how good a translation is."""
