"""What is known of tiers before a task is met: how often each is right, by difficulty.

A lump of weight at the hard end of the prior stands for the tasks that nobody solves (a normal
prior loses 12-16 points of regret on real data).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fixit_runtime.agent.action.checks import CheckModel
from fixit_runtime.agent.action.features import SHIPPED, Effects
from fixit_runtime.agent.economy import Array, Prices


@dataclass(frozen=True, slots=True)
class TierModel:
    """How a tier does: q(d, n) = logistic(ability − d) · s(n) at its n-th attempt, from 0, with
    s(n) = decay^n, times `later` from the second on.

    Each attempt costs `growth` times the one before; a lookahead, which knows today's price
    only, takes that as so much less chance. At most `most` attempts are made. `unplanned`
    scales q while nothing has been localised.
    `sensitivity` and `specificity` are those of "its candidate passes the failing tests" as a
    sign of being right; an attempt that is less likely right is as much less likely to be
    wrong and pass, so 1 − specificity is scaled by s(n) too.
    """

    ability: float
    decay: float = 1.0
    growth: float = 1.0
    later: float = 1.0
    unplanned: float = 1.0
    sensitivity: float = 0.98
    specificity: float = 0.9
    most: int = 100
    table: Array | None = None  # q(d, 0) over the grid, where it was fitted
    spread: Array | None = None  # its standard error, where that is known

    def curve(self, grid: Array) -> Array:
        """q(d, 0) over the grid."""
        if self.table is not None:
            return self.table
        right: Array = 1.0 / (1.0 + np.exp(grid - self.ability))
        return right

    def harder(self, by: float, grid: Array) -> TierModel:
        """As if every task were so much harder for this tier than for the others."""
        if self.table is None:
            return replace(self, ability=self.ability - by)
        table, spread = (
            None if each is None else np.interp(grid + by, grid, each)
            for each in (self.table, self.spread)
        )
        return replace(self, table=table, spread=spread)

    def scale(self, number: int, planned: bool) -> float:
        """s(n) of its n-th attempt, from 0."""
        scale = self.decay**number * (self.later if number else 1.0)
        return scale if planned else scale * self.unplanned


@dataclass(frozen=True, slots=True)
class Lineup:
    """The figures of K tiers side by side: (K, G) curves, and (K,) for the rest."""

    curves: Array
    decay: Array
    growth: Array
    later: Array
    unplanned: Array
    most: Array
    sensitivity: Array
    specificity: Array
    spread: Array | None

    @classmethod
    def of(cls, tiers: Sequence[TierModel], grid: Array) -> Lineup:
        curves = np.array([t.curve(grid) for t in tiers]).reshape(len(tiers), len(grid))
        spread = None
        if any(t.spread is not None for t in tiers):
            unknown = np.zeros(len(grid))
            spread = np.array([unknown if t.spread is None else t.spread for t in tiers])
        return cls(
            curves,
            np.array([t.decay for t in tiers]),
            np.array([t.growth for t in tiers]),
            np.array([t.later for t in tiers]),
            np.array([t.unplanned for t in tiers]),
            np.array([float(t.most) for t in tiers]),
            np.array([t.sensitivity for t in tiers]),
            np.array([t.specificity for t in tiers]),
            spread,
        )


@dataclass(frozen=True, slots=True)
class BeliefModel:
    """The figures behind a belief, and where they come from: `version` says it of all, and
    `sources` of each tier whose figures come from outcomes."""

    version: str
    grid: Array
    prior: Array
    tiers: Mapping[str, TierModel]
    default_tier: TierModel
    checks: tuple[CheckModel, ...] = ()
    effects: Effects = SHIPPED
    sources: Mapping[str, str] = field(default_factory=dict)
    _lineups: dict[tuple[str, ...], Lineup] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def at(self, prices: Prices) -> BeliefModel:
        """The same figures, with what owed checks cost at these prices."""
        checks = tuple(c.at(prices) if c.target is not None else c for c in self.checks)
        if checks == self.checks:
            return self
        model = replace(self, checks=checks)
        object.__setattr__(model, "_lineups", self._lineups)  # no price is in them
        return model

    def tier(self, name: str) -> TierModel:
        return self.tiers.get(name, self.default_tier)

    def source(self, name: str) -> str:
        """Where the figures of this tier come from."""
        return self.sources.get(name, self.version)

    def lineup(self, names: tuple[str, ...]) -> Lineup:
        """The tiers of these names side by side; kept, since every decision asks for it."""
        if names not in self._lineups:
            self._lineups[names] = Lineup.of([self.tier(name) for name in names], self.grid)
        return self._lineups[names]
