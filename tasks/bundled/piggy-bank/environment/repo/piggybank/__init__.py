"""A savings book for children."""
