import math
from typing import NamedTuple


class Point(NamedTuple):
    east: float
    north: float

    def distance(self, other):
        return math.hypot(self.east - other.east, self.north - other.north)


class Box(NamedTuple):
    west: float
    south: float
    east: float
    north: float

    @property
    def width(self):
        return self.east - self.west

    @property
    def height(self):
        return self.north - self.south

    def overlaps(self, other):
        """Boxes that only touch do not overlap."""
        return (self.west < other.east and other.west < self.east
                and self.south < other.north and other.south < self.north)
