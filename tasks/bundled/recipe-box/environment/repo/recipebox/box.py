"""The box: cards in alphabetical order, and a shopping list."""

from fractions import Fraction

from recipebox.measure import written


class Box:
    def __init__(self, recipes=()):
        self._cards = {recipe.title: recipe for recipe in recipes}

    def put(self, recipe):
        """A card of the same title is replaced."""
        self._cards[recipe.title] = recipe

    def titles(self):
        return sorted(self._cards, key=str.casefold)

    def find(self, thing):
        """Titles of the recipes that need a thing."""
        return [title for title in self.titles() if thing in self._cards[title].needs]

    def shopping(self, *titles):
        """What to buy for several dishes; one line for a thing and its unit."""
        total = {}
        for title in titles:
            for thing, (amount, unit) in self._cards[title].needs.items():
                total[thing, unit] = total.get((thing, unit), Fraction(0)) + amount
        return [
            " ".join(word for word in (written(amount), unit, thing) if word)
            for (thing, unit), amount in sorted(total.items())
        ]
