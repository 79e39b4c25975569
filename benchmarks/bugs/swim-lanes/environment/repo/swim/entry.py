from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A swimmer and the time that the club reported, in hundredths of a second."""

    name: str
    hundredths: int | None = None

    def sort_key(self):
        """Fastest first; who has no time comes last, by name."""
        return (self.hundredths is None, self.hundredths or 0, self.name)


@dataclass(frozen=True, order=True)
class Slot:
    heat: int
    lane: int

    def __str__(self):
        return f"heat {self.heat}, lane {self.lane}"
