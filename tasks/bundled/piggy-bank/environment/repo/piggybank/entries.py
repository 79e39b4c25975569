"""What goes into a pig, and what comes out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """Cents in (above 0) or out (below 0) on a day, counted from the start of the year."""

    day: int
    cents: int
    why: str = ""


def paid_in(entries):
    """All that ever went in, in cents."""
    total = 0
    for entry in entries:
        if entry.cents > 0:
            total += entry.cents
    return total


def taken_out(entries):
    """All that ever came out, in cents, as a number of at least 0."""
    total = 0
    for entry in entries:
        if entry.cents < 0:
            total -= entry.cents
    return total
