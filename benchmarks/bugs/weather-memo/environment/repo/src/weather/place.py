from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    name: str
    latitude: float
    longitude: float

    def rounded(self) -> Place:
        """The grid point of the service: tenths of a degree."""
        return Place(self.name, round(self.latitude, 1), round(self.longitude, 1))
