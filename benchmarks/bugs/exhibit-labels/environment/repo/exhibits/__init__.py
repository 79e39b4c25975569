"""Pieces of a museum, where they hung, and the labels beside them."""
