"""Grandmother's recipe box."""
