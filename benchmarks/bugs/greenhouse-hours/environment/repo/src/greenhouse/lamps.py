"""When the lamps burn."""

from dataclasses import dataclass

DARK_FROM = 21
DARK_TO = 6


@dataclass(frozen=True)
class Bed:
    """Plants that want so many hours of light a day."""

    name: str
    light_hours: int


def may_burn(hour):
    """Plants sleep at night."""
    return DARK_TO <= hour < DARK_FROM


def burning_hours(bed, sun):
    """Hours in which the lamps of a bed burn.

    `sun` holds the hours with enough sunlight. The rest that the bed wants is given in the
    latest hours in which lamps may burn.
    """
    missing = bed.light_hours - len(sun)
    if missing <= 0:
        return []
    dark = [hour for hour in range(24) if may_burn(hour) and hour not in sun]
    return dark[-missing:]
