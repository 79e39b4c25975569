from __future__ import annotations

import re
from collections.abc import Iterable

from lab.quantity import Quantity
from lab.unit import UNITS

_TEXT = re.compile(r"\s*(-?\d+(?:[.,]\d+)?)\s*([a-z]+)\s*")


def read(text: str) -> Quantity:
    """A quantity from "1.5 kg" or "1,5kg"; ValueError for anything else."""
    match = _TEXT.fullmatch(text)
    if match is None or match[2] not in UNITS:
        raise ValueError(f"not a quantity: {text!r}")
    return Quantity(float(match[1].replace(",", ".")), UNITS[match[2]])


def total(texts: Iterable[str]) -> Quantity:
    """The sum, in the unit of the first. Raises ValueError when there is none."""
    first, *rest = map(read, texts)
    for quantity in rest:
        first = first + quantity
    return first
