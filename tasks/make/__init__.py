"""Makers of tasks: failing repositories with a known fix, made from healthy ones."""
