"""The stages as programs over a world's folder, and plain programs that do the same."""
