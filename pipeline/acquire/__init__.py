"""Acquire: take what the site posts into the archive."""
