"""Walks through a bill of material."""

from __future__ import annotations

from collections import Counter

from parts.catalogue import Catalogue


class CircularBill(ValueError):
    """A part is made of itself; the message shows the way."""


def build_order(catalogue: Catalogue, *wanted: str) -> list[str]:
    """Names of all parts for the wanted ones, each after the parts that it needs."""
    order: list[str] = []
    for name in wanted:
        _visit(catalogue, name, order, ())
    return order


def _visit(catalogue: Catalogue, name: str, order: list[str], above: tuple[str, ...]) -> None:
    if name in above:
        raise CircularBill(" > ".join([*above[above.index(name) :], name]))
    for needed in catalogue[name].needs:
        _visit(catalogue, needed, order, (*above, name))
    order.append(name)


def shopping_list(catalogue: Catalogue, name: str, pieces: int = 1) -> Counter[str]:
    """How many bought parts go into so many pieces."""
    part = catalogue[name]
    if part.bought:
        return Counter({name: pieces})
    total: Counter[str] = Counter()
    for needed, count in part.needs.items():
        total += shopping_list(catalogue, needed, pieces * count)
    return total


def cost_cents(catalogue: Catalogue, name: str) -> int:
    """Material of one piece, and the work on every assembly in it."""
    part = catalogue[name]
    return part.cents + sum(n * cost_cents(catalogue, needed) for needed, n in part.needs.items())
