from survey.point import Box, Point


class Plot:
    """A field by its corners, in order; the border closes by itself."""

    def __init__(self, name, corners):
        self.name = name
        self.corners = [Point(*corner) for corner in corners]
        if len(self.corners) < 3:
            raise ValueError(f"{name}: a plot has three corners at least")

    def edges(self):
        return zip(self.corners, self.corners[1:] + self.corners[:1])

    def border(self):
        return sum(a.distance(b) for a, b in self.edges())

    def area(self):
        """Square metres, whichever way round the corners are given."""
        twice = sum(a.east * b.north - b.east * a.north for a, b in self.edges())
        return abs(twice) / 2

    def box(self):
        """The smallest box around the plot."""
        west = south = east = north = 0
        for corner in self.corners:
            west = min(west, corner.east)
            south = min(south, corner.north)
            east = max(east, corner.east)
            north = max(north, corner.north)
        return Box(west, south, east, north)
