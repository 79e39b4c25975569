"""Plays folders of recordings."""
