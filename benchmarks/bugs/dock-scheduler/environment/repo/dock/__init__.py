"""Runs jobs of a harbour dock at simulated times."""
