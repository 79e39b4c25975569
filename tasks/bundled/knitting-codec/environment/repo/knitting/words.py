"""A pattern read aloud."""

from itertools import groupby

from knitting.codec import long
from knitting.stitches import name_of

NUMBERS = ("", "once", "twice", "three times")


def aloud(pattern):
    """ "knit twice, purl once" for "2kp"."""
    spoken = []
    for stitch, run in groupby(long(pattern)):
        count = len(list(run))
        times = NUMBERS[count] if count < len(NUMBERS) else f"{count} times"
        spoken.append(f"{name_of(stitch)} {times}")
    return ", ".join(spoken)
