"""Times of relay races, in whole tenths of a second."""
