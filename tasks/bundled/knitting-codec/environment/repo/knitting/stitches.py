"""The stitches that a pattern may name."""

STITCHES = {
    "k": "knit",
    "p": "purl",
    "y": "yarn over",
    "s": "slip",
}


class PatternError(ValueError):
    """A pattern that nobody can knit."""


def name_of(letter):
    """A stitch in words. Raises PatternError."""
    if letter not in STITCHES:
        raise PatternError(f"no such stitch: {letter!r}")
    return STITCHES[letter]
