"""Tokens to a tree, by descent: sums of products of powers of atoms."""

from abacus.errors import SyntaxProblem
from abacus.tree import Name, Negative, Number, Operation


class Grammar:
    """Reads one expression from a list of tokens."""

    def __init__(self, tokens):
        self._tokens = list(tokens)
        self._place = 0

    def expression(self):
        """The whole list as one tree. Raises SyntaxProblem for what is left over."""
        tree = self._sum()
        if self._peek() is not None:
            raise SyntaxProblem(f"did not expect {self._peek().value!r}")
        return tree

    def _sum(self):
        tree = self._product()
        while self._sign_is("+", "-"):
            tree = Operation(self._next().value, tree, self._product())
        return tree

    def _product(self):
        tree = self._power()
        while self._sign_is("*", "/"):
            tree = Operation(self._next().value, tree, self._power())
        return tree

    def _power(self):
        if self._sign_is("-"):
            self._next()
            return Negative(self._power())
        base = self._atom()
        if self._sign_is("^"):
            self._next()
            return Operation("^", base, self._power())
        return base

    def _atom(self):
        token = self._next()
        if token is None:
            raise SyntaxProblem("something is missing at the end")
        if token.kind == "number":
            return Number(token.value)
        if token.kind == "name":
            return Name(token.value)
        if token.value == "(":
            inner = self._sum()
            if not self._sign_is(")"):
                raise SyntaxProblem("a bracket is not closed")
            self._next()
            return inner
        raise SyntaxProblem(f"did not expect {token.value!r}")

    def _sign_is(self, *signs):
        token = self._peek()
        return token is not None and token.kind == "sign" and token.value in signs

    def _peek(self):
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _next(self):
        token = self._peek()
        self._place += 1
        return token
