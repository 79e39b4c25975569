"""How well the squirrel remembers."""

from dataclasses import dataclass


@dataclass
class Stats:
    hits: int = 0
    misses: int = 0
    dropped: int = 0

    def hit_rate(self):
        """Share of questions that were answered from the cache; 0 before the first."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0
