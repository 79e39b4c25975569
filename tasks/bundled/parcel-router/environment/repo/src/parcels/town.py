"""The town: places, and streets that may take longer uphill than down."""


class NoStreet(LookupError):
    """There is no street from one place to the other in this direction."""


class Town:
    """Directed streets with the minutes that a cargo bike needs."""

    def __init__(self):
        self._minutes = {}

    def one_way(self, start, end, minutes):
        """A street in one direction only."""
        if minutes <= 0:
            raise ValueError(f"{start} to {end}: a street takes some time")
        self._minutes[start, end] = minutes

    def street(self, low, high, down, up):
        """A street on a hill: `down` minutes from `high` to `low`, `up` the other way."""
        self.one_way(high, low, down)
        self.one_way(low, high, up)

    def minutes(self, start, end):
        """Minutes from start to end on the street between them. Raises NoStreet."""
        if (start, end) not in self._minutes:
            raise NoStreet(f"no street from {start} to {end}")
        return self._minutes[start, end]

    def next_places(self, place):
        """Places that a street leads to from here, in alphabetical order."""
        return sorted(end for start, end in self._minutes if start == place)

    def places(self):
        return sorted({place for pair in self._minutes for place in pair})
