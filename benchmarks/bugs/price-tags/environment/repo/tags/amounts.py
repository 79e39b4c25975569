"""Writes amounts."""

from tags.shops import ENGLISH


def amount(cents):
    """An amount of cents, e.g. "£1,234.50"."""
    whole, rest = divmod(abs(cents), 100)
    number = f"{whole:,}".replace(",", ENGLISH.thousands) + f"{ENGLISH.decimal}{rest:02d}"
    sign = "-" if cents < 0 else ""
    return f"{sign}{ENGLISH.currency}{number}"


def percent_off(before, after):
    """Whole percents that are saved, rounded down; 0 where nothing is."""
    if before <= 0 or after >= before:
        return 0
    return (before - after) * 100 // before
