"""A cooperative divides what it has picked."""
