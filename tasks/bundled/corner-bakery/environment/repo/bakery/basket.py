"""What a customer carries to the till. Half a loaf is half a piece."""

from bakery.menu import price_of


class Basket:
    """Items and how many of each."""

    def __init__(self):
        self._counts = {}

    def add(self, item, count=1):
        """Put pieces in. Raises NotOnTheMenu, and ValueError for less than half a piece."""
        price_of(item)
        if count < 0.5:
            raise ValueError("a customer buys at least half a piece")
        self._counts[item] = self._counts.get(item, 0) + count

    def put_back(self, item, count=1):
        """Take pieces out again; never more than are there."""
        left = self._counts.get(item, 0) - count
        if left > 0:
            self._counts[item] = left
        else:
            self._counts.pop(item, None)

    def lines(self):
        """(item, count, cents) of each item, in the order of picking."""
        return [
            (item, count, round(count * price_of(item))) for item, count in self._counts.items()
        ]

    def pieces(self):
        return sum(self._counts.values())

    def cents(self):
        return sum(cents for _, _, cents in self.lines())
