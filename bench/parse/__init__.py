"""What parsing costs."""
