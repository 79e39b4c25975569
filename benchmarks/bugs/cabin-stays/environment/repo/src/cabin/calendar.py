from __future__ import annotations

from datetime import date, timedelta

from cabin.stay import Stay


class Taken(Exception):
    def __init__(self, stay: Stay) -> None:
        super().__init__(f"taken by {stay.guest} from {stay.arrival} to {stay.departure}")
        self.stay = stay


class Calendar:
    def __init__(self) -> None:
        self._stays: list[Stay] = []

    def book(self, stay: Stay) -> None:
        """Enter a stay. Raises Taken with the first stay that is in the way."""
        for other in self._stays:
            if other.clashes(stay):
                raise Taken(other)
        self._stays.append(stay)
        self._stays.sort()

    def cancel(self, guest: str) -> int:
        """Remove all stays of a guest; returns how many there were."""
        kept = [stay for stay in self._stays if stay.guest != guest]
        gone = len(self._stays) - len(kept)
        self._stays = kept
        return gone

    def guest_on(self, night: date) -> str | None:
        return next((stay.guest for stay in self._stays if night in stay), None)

    def first_free(self, since: date, nights: int) -> date:
        """The earliest arrival for so many nights."""
        day = since
        for stay in self._stays:
            if stay.departure <= day:
                continue
            if stay.arrival >= day + timedelta(days=nights):
                break
            day = stay.departure
        return day

    def changeovers(self) -> list[date]:
        """Days on which one guest leaves and another comes."""
        arrivals = {stay.arrival for stay in self._stays}
        return [stay.departure for stay in self._stays if stay.departure in arrivals]
