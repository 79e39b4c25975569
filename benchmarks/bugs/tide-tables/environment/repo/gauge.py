"""Readings of a tide gauge."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, order=True)
class Reading:
    """Water level above chart datum, in metres."""

    at: datetime
    level: Decimal
    harbour: str = ""


def turning_points(readings):
    """High and low waters: readings above or below both neighbours, as ("high" | "low", reading)."""
    ordered = sorted(readings)
    turns = []
    for before, here, after in zip(ordered, ordered[1:], ordered[2:]):
        if before.level < here.level > after.level:
            turns.append(("high", here))
        elif before.level > here.level < after.level:
            turns.append(("low", here))
    return turns


def tidal_range(readings):
    """Metres between the highest and the lowest water; None without readings."""
    levels = [reading.level for reading in readings]
    return max(levels) - min(levels) if levels else None
