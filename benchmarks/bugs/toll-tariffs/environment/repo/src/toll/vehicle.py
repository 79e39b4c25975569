"""What drives up to the booth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Fuel(Enum):
    PETROL = "petrol"
    DIESEL = "diesel"
    ELECTRIC = "electric"


@dataclass(frozen=True)
class Unit:
    """Something on wheels: a car, a lorry or a trailer."""

    axles: int
    tonnes: float

    def __post_init__(self) -> None:
        if self.axles < 1 or self.tonnes <= 0:
            raise ValueError("a unit has axles and a weight")


@dataclass(frozen=True)
class Vehicle:
    front: Unit
    fuel: Fuel = Fuel.PETROL
    trailer: Unit | None = None
    resident: bool = False

    def axles(self) -> int:
        return self.front.axles + (self.trailer.axles if self.trailer else 0)

    def tonnes(self) -> float:
        return self.front.tonnes + (self.trailer.tonnes if self.trailer else 0)
