"""Short and long: "3k2p" is "kkkpp". A stitch without a number is made once."""

from itertools import groupby

from knitting.stitches import PatternError, name_of


def long(short):
    """The stitches one by one. Raises PatternError for a number without a stitch."""
    stitches = []
    count = 1
    for sign in short:
        if sign.isdigit():
            count = int(sign)
            continue
        name_of(sign)
        stitches.append(sign * count)
        count = 1
    if short[-1:].isdigit():
        raise PatternError(f"{short!r} ends in a number")
    return "".join(stitches)


def short(long):
    """The shortest way to write the stitches."""
    parts = []
    for stitch, run in groupby(long):
        count = len(list(run))
        parts.append(f"{count if count > 1 else ''}{stitch}")
    return "".join(parts)
