"""The archive: WARC files, written once and never rewritten, and their index."""
