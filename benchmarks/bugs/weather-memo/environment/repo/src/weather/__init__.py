"""Asks a slow weather service, and remembers for a while."""
