from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """`burst` requests at once, and `per_minute` in the long run."""

    name: str
    burst: int
    per_minute: int

    @property
    def per_second(self) -> float:
        return self.per_minute / 60


PLANS = {
    plan.name: plan
    for plan in (Plan("free", 5, 30), Plan("team", 20, 120), Plan("fleet", 100, 6000))
}
