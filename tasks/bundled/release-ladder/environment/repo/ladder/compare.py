"""Two releases beside each other."""

from ladder.rung import rung


def compare(left, right):
    """-1, 0 or 1: left is older than, the same as, or newer than right."""
    lower, upper = rung(left), rung(right)
    return (lower > upper) - (lower < upper)


def same(left, right):
    """Whether two ways of writing mean one release."""
    return compare(left, right) == 0
