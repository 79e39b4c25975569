"""Plugins of a text editor."""
