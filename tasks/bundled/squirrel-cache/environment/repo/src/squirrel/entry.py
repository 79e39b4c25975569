"""One nut."""

from dataclasses import dataclass


@dataclass
class Entry:
    """A value, the tick at which it was buried, and the tick at which it was last dug up."""

    value: object
    buried_at: int
    used_at: int
    size: int = 1

    def age(self, now):
        """Ticks since it was buried, however often it was used."""
        return now - self.buried_at

    def idle(self, now):
        """Ticks since somebody asked for it."""
        return now - self.used_at
