"""One card of the box."""

from fractions import Fraction

from recipebox.measure import scaled, written


class Recipe:
    """A dish for so many eaters: what goes in, and what to do with it."""

    def __init__(self, title, eaters=4, steps=[]):
        if eaters < 1:
            raise ValueError(f"{title}: somebody must eat it")
        self.title = title
        self.eaters = eaters
        self.needs = {}
        self.steps = steps

    def need(self, thing, amount, unit=""):
        """Add an ingredient; naming it again adds to it. Returns the recipe."""
        old, _ = self.needs.get(thing, (0, unit))
        self.needs[thing] = (Fraction(amount) + old, unit)
        return self

    def step(self, text):
        """Add what to do next. Returns the recipe."""
        self.steps.append(text)
        return self

    def for_eaters(self, eaters):
        """The same dish for another number of eaters, as a card of its own."""
        other = Recipe(self.title, eaters, list(self.steps))
        for thing, (amount, unit) in self.needs.items():
            other.need(thing, scaled(amount, Fraction(eaters, self.eaters)), unit)
        return other

    def card(self):
        """The card as text."""
        needs = [
            " ".join(word for word in (written(amount), unit, thing) if word)
            for thing, (amount, unit) in self.needs.items()
        ]
        steps = [f"{number}. {text}" for number, text in enumerate(self.steps, start=1)]
        return "\n".join([f"{self.title} (for {self.eaters})", *needs, *steps])
