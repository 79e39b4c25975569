"""How long until the kite, the drum or the tortoise."""

from piggybank.statement import closing


def weeks_until(price, entries, pocket_money, opening=0):
    """Whole weeks of pocket money until the price is in the pig."""
    if pocket_money <= 0:
        raise ValueError("without pocket money the pig does not grow")
    missing = price - closing(entries, opening)
    return max(0, -(-missing // pocket_money))
