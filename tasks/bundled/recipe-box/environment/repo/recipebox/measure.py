"""Amounts of things, and how they are written."""

from fractions import Fraction

_MARKS = {Fraction(1, 2): "½", Fraction(1, 4): "¼", Fraction(3, 4): "¾"}


def scaled(amount, factor):
    """An amount for another number of eaters; exact."""
    return Fraction(amount) * Fraction(factor)


def written(amount):
    """ "1½" rather than "3/2"."""
    amount = Fraction(amount)
    whole, rest = divmod(amount, 1)
    if rest == 0:
        return str(whole)
    mark = _MARKS.get(rest, f" {rest}" if whole else str(rest))
    return f"{whole}{mark}" if whole else mark
