"""Knitting patterns: the short way of writing them, and the long one."""
