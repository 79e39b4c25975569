"""Cents as text, and as coins in a hand."""

COINS = (200, 100, 50, 20, 10, 5, 2, 1)


def shown(cents):
    """ "12.05" for 1205 cents, with a minus where money is owed."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def in_coins(cents):
    """The fewest coins that make up an amount, biggest first."""
    if cents < 0:
        raise ValueError("there are no coins of less than nothing")
    hand = []
    for coin in COINS:
        count, cents = divmod(cents, coin)
        hand.extend([coin] * count)
    return hand
