"""Pace is time for one unit of length; speed is the other way round."""

from splits.units import in_unit, metres


def pace(time_s, length_m, unit="km"):
    """Seconds that one unit takes."""
    return time_s / in_unit(length_m, unit)


def finish(pace_s, length_m, unit="km"):
    """Seconds to the finish at an even pace."""
    return pace_s * in_unit(length_m, unit)


def speed_kmh(time_s, length_m):
    """Kilometres an hour."""
    return in_unit(length_m, "km") / time_s * 3600


def converted(pace_s, unit, other):
    """A pace given for one unit, for another unit."""
    return pace_s * metres(1, other) / metres(1, unit)
