"""A mean over tasks with its 95 % interval, by bootstrap: tasks resampled, policies paired."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fixit_runtime.agent.demand.regret import share_closed
from fixit_runtime.agent.economy import Array

BOOTSTRAPS = 2000
NO_DIFFERENCE = 0.0005  # prints as 0.000


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean and its 95 % interval. The same lots are drawn every time."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, per_task: Array) -> Figure:
        """Of the mean over tasks; give it the difference of two policies to pair them."""
        low, high = np.percentile(per_task[_lots(len(per_task))].mean(axis=1), [2.5, 97.5])
        return cls(float(per_task.mean()), float(low), float(high))

    @classmethod
    def closed(cls, utility: Array, base: Array, best: Array) -> Figure:
        """Of the share of regret closed, in percent."""
        lots = _lots(len(base))
        shares = (utility[lots] - base[lots]).mean(axis=1) / (best[lots] - base[lots]).mean(axis=1)
        low, high = 100 * np.percentile(shares, [2.5, 97.5])
        return cls(100 * share_closed(utility, base, best), float(low), float(high))

    @property
    def verdict(self) -> str:
        """A tie where the interval holds zero, and where the difference prints as 0.000."""
        if abs(self.mean) < NO_DIFFERENCE:
            return "tie"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "tie"

    def json(self) -> dict[str, float]:
        return {"mean": self.mean, "low": self.low, "high": self.high}

    def __str__(self) -> str:
        return f"{self.mean:7.3f} [{self.low:6.3f}, {self.high:6.3f}]"


def _lots(count: int) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
    """Which tasks each bootstrap draws, (BOOTSTRAPS, count)."""
    return np.random.default_rng(0).integers(0, count, (BOOTSTRAPS, count), dtype=np.intp)
