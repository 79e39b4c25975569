"""The tree of an expression. Each node knows its value, given the values of names."""

import operator
from dataclasses import dataclass

from abacus.errors import AbacusError, UnknownName

OPERATIONS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
}


@dataclass(frozen=True)
class Number:
    amount: object

    def value(self, names):
        return self.amount


@dataclass(frozen=True)
class Name:
    name: str

    def value(self, names):
        if self.name not in names:
            raise UnknownName(f"{self.name} has no value yet")
        return names[self.name]


@dataclass(frozen=True)
class Negative:
    inner: object

    def value(self, names):
        return -self.inner.value(names)


@dataclass(frozen=True)
class Operation:
    sign: str
    left: object
    right: object

    def value(self, names):
        left, right = self.left.value(names), self.right.value(names)
        if self.sign == "/" and right == 0:
            raise AbacusError("nothing can be shared among nobody")
        return OPERATIONS[self.sign](left, right)
