"""Settings of a lighthouse, in plain text."""

from lantern.reader import ConfigProblem, read, read_file

__all__ = ["ConfigProblem", "read", "read_file"]
