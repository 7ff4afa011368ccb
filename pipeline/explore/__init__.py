"""Pages on loopback on which a person looks at a snapshot: search, papers, quarantine, figures."""
