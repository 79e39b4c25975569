from __future__ import annotations


class TankError(Exception):
    pass


class Empty(TankError):
    def __init__(self, wanted: int, litres: int) -> None:
        super().__init__(f"{wanted} l wanted, {litres} l there")


class Tank:
    def __init__(self, capacity: int, litres: int = 0) -> None:
        self.capacity = capacity
        self.litres = litres

    def rain(self, litres: int) -> int:
        """Fill up; returns what ran over."""
        level = self.litres + litres
        self.litres = min(level, self.capacity)
        return level - self.litres

    def draw(self, litres: int) -> None:
        """Take water, all or none. Raises Empty."""
        if litres > self.litres:
            raise Empty(litres, self.litres)
        self.litres -= litres
