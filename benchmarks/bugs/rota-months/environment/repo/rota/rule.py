"""How often something comes."""

from dataclasses import dataclass
from datetime import date, timedelta

UNITS = ("day", "week", "month", "year")


@dataclass(frozen=True)
class Rule:
    """Every `every` units from `start` on, until `until` where it is given."""

    start: date
    unit: str
    every: int = 1
    until: date | None = None

    def __post_init__(self):
        if self.unit not in UNITS:
            raise ValueError(f"no such unit: {self.unit}")
        if self.every < 1:
            raise ValueError("every 1 unit at least")

    def nth(self, number):
        """The date of one occurrence, counted from 0, whatever `until` says."""
        step = number * self.every
        if self.unit == "day":
            return self.start + timedelta(days=step)
        if self.unit == "week":
            return self.start + timedelta(weeks=step)
        if self.unit == "month":
            return _months_later(self.start, step)
        return _months_later(self.start, 12 * step)


def _months_later(day, months):
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=years, month=month + 1)
