from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, order=True)
class Stay:
    """Nights from `arrival` up to the morning of `departure`."""

    arrival: date
    departure: date
    guest: str = ""

    def __post_init__(self) -> None:
        if self.departure <= self.arrival:
            raise ValueError("a stay has one night at least")

    @classmethod
    def of(cls, guest: str, arrival: str, nights: int) -> Stay:
        start = date.fromisoformat(arrival)
        return cls(start, start + timedelta(days=nights), guest)

    @property
    def nights(self) -> int:
        return (self.departure - self.arrival).days

    def __contains__(self, night: date) -> bool:
        return self.arrival <= night < self.departure

    def __iter__(self) -> Iterator[date]:
        return (self.arrival + timedelta(days=n) for n in range(self.nights))

    def clashes(self, other: Stay) -> bool:
        """Whether the two want the cabin in the same night."""
        return self.arrival <= other.departure and other.arrival <= self.departure
