"""Names of scanned papers, and where they go."""
