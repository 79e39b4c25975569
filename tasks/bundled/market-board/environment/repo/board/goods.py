"""What lies on a stall."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goods:
    """`cents` for `grams` of it; None when it is sold out. `place` is where it grew."""

    name: str
    cents: int | None
    grams: int = 1000
    place: str | None = None

    def sold_out(self):
        return self.cents is None


def cheapest_first(goods):
    """By price for a kilogram; what is sold out stands last, in its old order."""
    return sorted(goods, key=lambda g: (g.sold_out(), (g.cents or 0) / g.grams))
