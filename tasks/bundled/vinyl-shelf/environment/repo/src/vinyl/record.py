"""Records, their two sides, and the tracks on them."""

from dataclasses import dataclass, field

SIDE_LIMIT = 26 * 60


@dataclass(frozen=True)
class Track:
    title: str
    seconds: int


@dataclass
class Record:
    """Tracks of side A and side B. More than 26 minutes do not fit on a side."""

    artist: str
    title: str
    year: int
    sides: dict = field(default_factory=lambda: {"A": [], "B": []})

    def add(self, side, title, seconds):
        """Cut a track. Raises ValueError when the side is full."""
        if self.side_seconds(side) + seconds > SIDE_LIMIT:
            raise ValueError(f"side {side} of {self.title} is full")
        self.sides[side].append(Track(title, seconds))

    def side_seconds(self, side):
        return sum(track.seconds for track in self.sides[side])

    def seconds(self):
        return sum(self.side_seconds(side) for side in self.sides)

    def longest(self):
        """The longest track; None on a blank record."""
        tracks = [track for side in self.sides.values() for track in side]
        return max(tracks, key=lambda track: track.seconds, default=None)
