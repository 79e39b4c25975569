"""What the bakery sells, and for how much."""

PRICES = {
    "roll": 45,
    "croissant": 160,
    "pretzel": 90,
    "cinnamon knot": 210,
    "rye loaf": 420,
}


class NotOnTheMenu(LookupError):
    """Somebody asked for a thing that the bakery does not make."""


def price_of(item):
    """Price of one piece in cents. Raises NotOnTheMenu."""
    if item not in PRICES:
        raise NotOnTheMenu(f"{item!r} is not on the menu")
    return PRICES[item]


def cheapest(items):
    """The item of the lowest price; of equals, the first in the alphabet."""
    return min(sorted(items), key=price_of)
