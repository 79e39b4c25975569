"""Letters of a club with parts that only some members get."""

from letters.compose import compose

__all__ = ["compose"]
