"""All sailings of a pier, and what can be asked about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from ferry.sailing import Sailing

HORIZON_DAYS = 7


class Timetable:
    def __init__(self, sailings: Iterable[Sailing] = ()) -> None:
        self._sailings = sorted(sailings, key=lambda s: (s.at, s.to))

    def __len__(self) -> int:
        return len(self._sailings)

    def suspend(self, to: str, at: str, day: date) -> None:
        """Take one sailing off the water for a day. Raises LookupError for an unknown one."""
        for index, sailing in enumerate(self._sailings):
            if sailing.to == to and sailing.at.strftime("%H:%M") == at:
                self._sailings[index] = replace(sailing, suspended=sailing.suspended | {day})
                return
        raise LookupError(f"no sailing to {to} at {at}")

    def on(self, day: date) -> list[Sailing]:
        """Everything that the timetable has for a day, suspended sailings included."""
        return [sailing for sailing in self._sailings if sailing.scheduled(day)]

    def next(self, to: str, now: datetime) -> tuple[date, Sailing] | None:
        """The first ferry to a place that leaves at or after `now`, within a week."""
        for ahead in range(HORIZON_DAYS + 1):
            day = now.date() + timedelta(days=ahead)
            for sailing in self.on(day):
                if ahead == 0 and sailing.at < now.time():
                    continue
                if sailing.to == to:
                    return day, sailing
        return None

    def places(self) -> list[str]:
        return sorted({sailing.to for sailing in self._sailings})
