"""Rows of a piece of work, as the knitter sees them."""

from knitting.codec import long, short

OTHER_SIDE = {"k": "p", "p": "k"}


def width(pattern):
    """How many stitches a row of this pattern has."""
    return len(long(pattern))


def from_behind(pattern):
    """The same row seen from the other side: mirrored, with knit and purl exchanged."""
    return short("".join(OTHER_SIDE.get(s, s) for s in reversed(long(pattern))))


def repeated(pattern, times):
    """A pattern several times in one row."""
    return short(long(pattern) * times)


def fits(patterns):
    """Whether all rows of a piece have the same width."""
    return len({width(pattern) for pattern in patterns}) <= 1
