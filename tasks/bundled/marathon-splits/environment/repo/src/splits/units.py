"""Lengths. Everything inside is metres; miles come in and go out here."""

METRES_PER_KM = 1000
METRES_PER_MILE = 1690.344
YARDS_PER_MILE = 1760


def metres(amount, unit):
    """An amount of "m", "km", "mi" or "yd" in metres. Raises ValueError for other units."""
    if unit == "m":
        return amount
    if unit == "km":
        return amount * METRES_PER_KM
    if unit == "mi":
        return amount * METRES_PER_MILE
    if unit == "yd":
        return amount * METRES_PER_MILE / YARDS_PER_MILE
    raise ValueError(f"no such unit of length: {unit!r}")


def in_unit(length_m, unit):
    """The same length counted in another unit."""
    return length_m / metres(1, unit)
