from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    symbol: str
    dimension: str
    factor: float  # how many base units one of it is


class MixedUnits(TypeError):
    pass


UNITS = {
    unit.symbol: unit
    for unit in (
        Unit("g", "mass", 1.0),
        Unit("mg", "mass", 0.001),
        Unit("kg", "mass", 1000.0),
        Unit("ml", "volume", 1.0),
        Unit("l", "volume", 1000.0),
    )
}
