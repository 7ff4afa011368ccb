"""What releasing costs: building, sending, reading."""
