from __future__ import annotations

from collections.abc import Callable

from pump.tank import Empty, Tank


class Station:
    """Pumps to gardens, which may have a daily allowance."""

    def __init__(self, tank: Tank) -> None:
        self.tank = tank
        self.pumped: dict[str, int] = {}
        self.allowances: dict[str, int] = {}

    def allow(self, garden: str, litres: int) -> None:
        self.allowances[garden] = litres

    def left(self, garden: str) -> int | None:
        """What a garden may still take today; None without an allowance."""
        if garden not in self.allowances:
            return None
        return self.allowances[garden] - self.pumped.get(garden, 0)

    def pump(self, garden: str, litres: int) -> int:
        """Pump as much as the garden may have; returns how much that was. Raises Empty."""
        left = self.left(garden)
        if left is not None:
            litres = min(litres, left)
        self.pumped[garden] = self.pumped.get(garden, 0) + litres
        self.tank.draw(litres)
        return litres

    def new_day(self) -> None:
        self.pumped.clear()

    def total(self) -> int:
        return sum(self.pumped.values())


def pump_patiently(
    station: Station, garden: str, litres: int, wait: Callable[[int], None], tries: int = 3
) -> int:
    """Pump, and wait 1, 2, 4 … hours for rain in between. Raises the last Empty."""
    for number in range(tries):
        try:
            return station.pump(garden, litres)
        except Empty:
            if number == tries - 1:
                raise
            wait(2**number)
    return 0
