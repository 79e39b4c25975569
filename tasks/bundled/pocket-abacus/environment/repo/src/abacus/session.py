"""A conversation with the abacus: names keep their values from line to line."""

from abacus.grammar import Grammar
from abacus.tokens import tokens


def evaluate(text, names=None):
    """Value of an expression as a Fraction. Raises AbacusError."""
    return Grammar(tokens(text)).expression().value(names or {})


def shown(value):
    """A whole number plainly, anything else as a fraction: "3" or "3/4"."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{value.numerator}/{value.denominator}"


class Session:
    """Understands "name = expression" and "expression"."""

    def __init__(self):
        self._names = {}

    def say(self, line):
        """The answer to one line, as text."""
        name, equals, expression = line.partition("=")
        if not equals:
            return shown(evaluate(line, self._names))
        value = evaluate(expression, self._names)
        self._names[name.strip()] = value
        return f"{name.strip()} is {shown(value)}"
