"""What is normal in a hive."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    low: float
    high: float

    def verdict(self, value):
        if value < self.low:
            return "low"
        if value > self.high:
            return "high"
        return "ok"


NORMAL = {
    "temperature": Limits(32, 36.5),
    "humidity": Limits(50, 75),
    "weight": Limits(15, 80),
}
