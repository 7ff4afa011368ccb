"""Tables: deduplicate and join records into the tables of the dataset."""
