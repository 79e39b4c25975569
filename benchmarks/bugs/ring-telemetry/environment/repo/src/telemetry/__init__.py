"""The last so many samples of every channel of a rover."""
