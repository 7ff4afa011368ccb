"""Parse: from archived pages to posts, as they stood."""
