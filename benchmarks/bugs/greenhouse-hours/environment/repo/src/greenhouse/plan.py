from greenhouse.energy import cheapest_start, cost
from greenhouse.lamps import burning_hours

PUMP_HOURS = 2


def day_plan(beds, sun, load=1):
    """Lines for the gardener, and the cost of all lamps."""
    lines = []
    total = 0
    for bed in beds:
        hours = burning_hours(bed, sun)
        total += cost(load, hours)
        text = f"{hours[0]}-{hours[-1] + 1}" if hours else "off"
        lines.append(f"{bed.name}: {text}")
    lines.append(f"pump at {cheapest_start(PUMP_HOURS, earliest=8)}")
    lines.append(f"lamps cost {total / 1000:.2f}")
    return lines
