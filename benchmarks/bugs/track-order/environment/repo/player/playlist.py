from player.order import in_order
from player.track import Track


class Playlist:
    """What is played, and where we are."""

    def __init__(self, paths=()):
        self.skipped = []
        found = []
        for path in paths:
            try:
                found.append(Track.of(path))
            except ValueError:
                self.skipped.append(path)
        self.tracks = in_order(found)
        self.position = 0

    @property
    def current(self):
        return self.tracks[self.position] if self.tracks else None

    def next(self):
        """The next track; after the last comes the first."""
        if self.tracks:
            self.position = (self.position + 1) % len(self.tracks)
        return self.current

    def lines(self):
        return [f"{n}. {track.title}" for n, track in enumerate(self.tracks, start=1)]
