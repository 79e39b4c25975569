"""From centimetres to stitches."""

import math


def stitches_for(width_cm, per_ten_cm, multiple=1):
    """Stitches for at least this width, as a multiple of the pattern's width."""
    needed = width_cm * per_ten_cm / 10
    return math.ceil(needed / multiple) * multiple


def yarn_m(stitches, rows, cm_per_stitch):
    """Metres of yarn for a piece, a tenth more for the ends."""
    return round(stitches * rows * cm_per_stitch * 1.1 / 100, 1)
