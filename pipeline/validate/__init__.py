"""Validate: from posts to records; what breaks a rule goes to quarantine."""
