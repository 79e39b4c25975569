"""Who sleeps in the cottage, and when."""

from dataclasses import dataclass

from days import nights


class Taken(ValueError):
    """Two parties would have to share two beds."""


@dataclass(frozen=True)
class Stay:
    guest: str
    arrival: object
    departure: object

    def nights(self):
        return nights(self.arrival, self.departure)


class Book:
    """All stays of a year."""

    def __init__(self):
        self.stays = []

    def add(self, stay):
        """Enter a stay. Raises Taken, and ValueError for a stay without a night."""
        if not stay.nights():
            raise ValueError(f"{stay.guest} leaves before the first night")
        for other in self.stays:
            if set(other.nights()) & set(stay.nights()):
                raise Taken(f"{other.guest} is there")
        self.stays.append(stay)

    def guest_on(self, day):
        """Who sleeps there on the night of this day, or None."""
        return next((s.guest for s in self.stays if day in s.nights()), None)


def bill(stay, prices):
    """What a stay costs in whole euros."""
    return sum(prices.night(day) for day in stay.nights())
