"""What can be wrong with an expression."""


class AbacusError(ValueError):
    """Base of all complaints about what was typed."""


class SyntaxProblem(AbacusError):
    """The text is no expression."""


class UnknownName(AbacusError):
    """A name that nobody has given a value."""
