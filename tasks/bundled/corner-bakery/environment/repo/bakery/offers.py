"""The two offers in the window. Each says how many cents it takes off."""

from bakery.money import percent_of

DOZEN = 12
DOZEN_PERCENT = 10
EVENING = 18
CLOSING = 20
EVENING_PERCENT = 30


def dozen_discount(pieces, cents):
    """Off from a dozen pieces on, mixed as you like."""
    if pieces > DOZEN:
        return percent_of(cents, DOZEN_PERCENT)
    return 0


def evening_discount(hour, cents):
    """Off from six in the evening until the shutters come down."""
    if EVENING <= hour < CLOSING:
        return percent_of(cents, EVENING_PERCENT)
    return 0


def best_discount(pieces, hour, cents):
    """The better of the offers; they never add up."""
    return max(dozen_discount(pieces, cents), evening_discount(hour, cents))


def window_sign():
    """The text in the window."""
    return (
        f"From {DOZEN} pieces on: {DOZEN_PERCENT} % off!\n"
        f"From {EVENING}:00 to {CLOSING}:00: {EVENING_PERCENT} % off!"
    )
