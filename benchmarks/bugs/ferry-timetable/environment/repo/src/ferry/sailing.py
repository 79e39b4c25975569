"""One departure of the summer timetable."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time

WEEKDAYS = "mon tue wed thu fri sat sun".split()


@dataclass(frozen=True)
class Sailing:
    """A departure that repeats on some weekdays.

    `suspended` holds the days on which it does not run although its weekday says so.
    """

    to: str
    at: time
    days: frozenset[str]
    seats: int = 60
    suspended: frozenset[date] = field(default=frozenset())

    @classmethod
    def parse(cls, line: str) -> Sailing:
        """Read a line such as "Skerry 10:30 mon,tue,sat 40"; seats may be left out."""
        to, at, days, *rest = line.split()
        if days == "daily":
            names = frozenset(WEEKDAYS)
        else:
            names = frozenset(days.split(","))
        if unknown := names - set(WEEKDAYS):
            raise ValueError(f"no such day: {', '.join(sorted(unknown))}")
        seats = int(rest[0]) if rest else 60
        return cls(to, time.fromisoformat(at), names, seats)

    def scheduled(self, day: date) -> bool:
        """Whether the timetable has it on that day, storms aside."""
        return WEEKDAYS[day.weekday()] in self.days
