"""From a snapshot to the files that other tools read: Moses text, TSV, JSON lines, TMX, Parquet."""
