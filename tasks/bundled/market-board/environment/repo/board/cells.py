"""From values to the words on the board."""

SOLD_OUT = "ausverkauft"
UNKNOWN = "?"
FREE = "geschenkt"


def price(cents):
    """A price as people read it: 349 is "3,49 €". None means that nothing is left."""
    if cents == 0:
        return FREE
    euros, rest = divmod(cents, 100)
    return f"{euros},{rest:02d} €"


def origin(place):
    """Where it grew; a question mark where nobody wrote it down."""
    if place is None:
        return UNKNOWN
    return place.strip().title()


def amount(grams):
    """A weight in the unit that the eye takes in at once."""
    if grams >= 1000:
        return f"{grams / 1000:g} kg".replace(".", ",")
    return f"{grams} g"
