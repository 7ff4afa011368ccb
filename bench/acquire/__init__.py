"""What crawling costs."""
