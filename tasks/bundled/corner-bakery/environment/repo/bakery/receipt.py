"""The slip of paper that the till prints."""

from bakery.money import euros
from bakery.offers import best_discount

WIDTH = 28


def to_pay(basket, hour):
    """What the customer pays in cents."""
    cents = basket.cents()
    return cents - best_discount(basket.pieces(), hour, cents)


def receipt(basket, hour):
    """The whole slip; an empty basket gets a friendly word instead."""
    lines = basket.lines()
    if not lines:
        return "Nothing today? See you soon!"
    rows = [_row(f"{count:g} x {item}", cents) for item, count, cents in lines]
    saved = basket.cents() - to_pay(basket, hour)
    if saved > 0:
        rows.append(_row("you save", -saved))
    rows.append("-" * WIDTH)
    rows.append(_row("to pay", to_pay(basket, hour)))
    return "\n".join(rows)


def _row(label, cents):
    return f"{label:<{WIDTH - 8}}{euros(cents):>8}"
