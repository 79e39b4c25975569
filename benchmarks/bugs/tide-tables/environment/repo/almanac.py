"""What the fishermen get."""

from gauge import tidal_range, turning_points
from reader import read_sheet


def almanac(text):
    """Lines of high and low waters, the range, and a note about what could not be read."""
    sheet = read_sheet(text)
    lines = [f"{kind:<5}{r.at:%d %b %H:%M} {r.level:>6} m" for kind, r in turning_points(sheet.readings)]
    span = tidal_range(sheet.readings)
    if span is not None:
        lines.append(f"range {span} m")
    if sheet.skipped:
        lines.append(f"{len(sheet.skipped)} rows could not be read")
    return lines
