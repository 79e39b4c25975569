from __future__ import annotations

from dataclasses import dataclass
from functools import total_ordering

from lab.unit import UNITS, MixedUnits, Unit


@total_ordering
@dataclass(frozen=True, eq=False)
class Quantity:
    """An amount with its unit. Results have the unit of the left operand."""

    amount: float
    unit: Unit

    @property
    def base(self) -> float:
        """The amount in base units of its dimension."""
        return self.amount * self.unit.factor

    def to(self, symbol: str) -> Quantity:
        unit = UNITS[symbol]
        self._check(unit)
        return Quantity(self.base / unit.factor, unit)

    def __add__(self, other: Quantity) -> Quantity:
        self._check(other.unit)
        return Quantity(self.amount + other.amount, self.unit)

    def __sub__(self, other: Quantity) -> Quantity:
        self._check(other.unit)
        return Quantity((self.base - other.base) / self.unit.factor, self.unit)

    def __mul__(self, times: float) -> Quantity:
        return Quantity(self.amount * times, self.unit)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Quantity):
            return NotImplemented
        return self.unit.dimension == other.unit.dimension and self.base == other.base

    def __lt__(self, other: Quantity) -> bool:
        self._check(other.unit)
        return self.base < other.base

    def __hash__(self) -> int:
        return hash((self.unit.dimension, self.base))

    def __str__(self) -> str:
        return f"{self.amount:g} {self.unit.symbol}"

    def _check(self, unit: Unit) -> None:
        if unit.dimension != self.unit.dimension:
            raise MixedUnits(f"{self.unit.dimension} and {unit.dimension} do not mix")
