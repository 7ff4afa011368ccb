"""Where a row comes from: from the snapshot back to the bytes that the site sent."""
