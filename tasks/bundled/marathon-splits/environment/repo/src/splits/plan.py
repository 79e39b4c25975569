"""What to write on your hand before the start."""

from splits.clock import clock
from splits.units import metres


def marks(length_m, unit="km"):
    """Distances of the signs along the road in metres, the finish last."""
    step = metres(1, unit)
    signs = []
    while step * (len(signs) + 1) < length_m:
        signs.append(step * (len(signs) + 1))
    return [*signs, length_m]


def even_splits(time_s, length_m, unit="km"):
    """Clock times at each sign and at the finish for an even run."""
    return [clock(time_s * mark / length_m) for mark in marks(length_m, unit)]


def negative_splits(time_s, length_m, gain=0.02):
    """Times of both halves when the second is to be faster by this share of the whole."""
    half = time_s / 2
    return half + time_s * gain / 2, half - time_s * gain / 2
