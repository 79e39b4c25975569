from __future__ import annotations

from collections.abc import Callable

from weather.memo import Memo
from weather.place import Place

Fetch = Callable[[float, float, int], list[float]]  # latitude, longitude, days -> celsius
UNITS = ("celsius", "fahrenheit")


class Client:
    def __init__(self, fetch: Fetch, memo: Memo) -> None:
        self._fetch = fetch
        self._memo = memo

    def forecast(self, place: Place, days: int = 3, unit: str = "celsius") -> list[float]:
        """The highest temperature of the next days. Raises ValueError for an unknown unit."""
        if unit not in UNITS:
            raise ValueError(f"no such unit: {unit}")
        if not 1 <= days <= 14:
            raise ValueError("one to fourteen days")
        spot = place.rounded()
        key = (spot.latitude, spot.longitude, days)
        return list(self._memo.get(key, lambda: self._ask(spot, days, unit)))

    def warmest(self, places: list[Place], unit: str = "celsius") -> Place:
        """The place with the warmest next day."""
        return max(places, key=lambda place: self.forecast(place, 1, unit)[0])

    def _ask(self, spot: Place, days: int, unit: str) -> list[float]:
        values = self._fetch(spot.latitude, spot.longitude, days)
        if unit == "fahrenheit":
            return [round(value * 9 / 5 + 32, 1) for value in values]
        return values
