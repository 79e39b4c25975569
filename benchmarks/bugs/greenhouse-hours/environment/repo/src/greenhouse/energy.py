"""What energy costs, in tenths of a cent for a kilowatt-hour."""

DAY_PRICE = 320
NIGHT_PRICE = 210


def price(hour):
    """The price in an hour of the day, 0 to 23."""
    if not 0 <= hour <= 23:
        raise ValueError(f"no such hour: {hour}")
    night = hour >= 21 or hour < 6
    return NIGHT_PRICE if night else DAY_PRICE


def cost(load, hours):
    """Cost of a load in kilowatts during some hours."""
    return sum(load * price(hour) for hour in hours)


def cheapest_start(hours, earliest=0):
    """When to start something that runs so many hours and must end by midnight."""
    starts = range(earliest, 24 - hours + 1)
    return min(starts, key=lambda start: cost(1, range(start, start + hours)))
