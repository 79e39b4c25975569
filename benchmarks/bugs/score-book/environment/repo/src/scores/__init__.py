"""Results of a tennis club."""
