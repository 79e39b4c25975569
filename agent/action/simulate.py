"""Tasks and outcomes drawn from a model that is known: for tests, predictions and speed.

Difficulty is a mixture of solvable tasks and a lump that nobody solves; costs vary with the
task's size and with luck. Nothing here comes from recorded data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fixit_runtime.agent.action.fit import Table
from fixit_runtime.agent.economy import Array

BEYOND = 6.0  # the difficulty of a task that nobody solves
FAILED_COSTS_MORE = 1.5


@dataclass(frozen=True, slots=True)
class Skill:
    """A simulated tier: q(d) = logistic(slope·(ability − d)), and the median cost of a success."""

    ability: float
    cost_usd: float
    slope: float = 1.5

    def right(self, difficulty: Array) -> Array:
        q: Array = 1.0 / (1.0 + np.exp(-self.slope * (self.ability - difficulty)))
        return q


# Five tiers as a price list has them: dearer ones are better, but not by as much.
PRICE_LIST: Mapping[str, Skill] = {
    "nano": Skill(-0.6, 0.02),
    "mini": Skill(0.4, 0.03),
    "middle": Skill(0.7, 0.25),
    "large": Skill(1.1, 0.5),
    "frontier": Skill(1.5, 0.9),
}


def difficulties(count: int, lots: np.random.Generator, *, unsolved: float = 0.12) -> Array:
    """One difficulty a task: normal (mean 0, sd 1.3), or beyond everyone."""
    solvable = lots.normal(0.0, 1.3, count)
    return np.where(lots.random(count) < unsolved, BEYOND, solvable)


def simulate(
    tiers: Mapping[str, Skill],
    count: int,
    lots: np.random.Generator,
    *,
    unsolved: float = 0.12,
    size: float = 0.5,
    noise: float = 0.4,
) -> Table:
    """Every tier once on each of `count` tasks.

    `size` and `noise` are the standard deviations of a log cost that a task's size, and that
    luck, explain.
    """
    d, s = difficulties(count, lots, unsolved=unsolved), lots.normal(0.0, size, count)
    right, cost = np.empty((count, len(tiers))), np.empty((count, len(tiers)))
    for k, skill in enumerate(tiers.values()):
        right[:, k] = lots.random(count) < skill.right(d)
        more = np.where(right[:, k] == 1, 1.0, FAILED_COSTS_MORE)
        cost[:, k] = skill.cost_usd * more * np.exp(s + lots.normal(0.0, noise, count))
    names = tuple(f"task-{i:04d}" for i in range(count))
    groups = tuple(f"repo-{i}" for i in lots.integers(0, 4, count))
    return Table(names, tuple(tiers), groups, right, cost)
