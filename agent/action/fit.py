"""Fits beliefs from outcomes: how hard tasks are, how well each tier does, and what it costs.

An item-response model (two-parameter logistic; Lord & Novick 1968) with a nonparametric
distribution of difficulty on a grid, fitted by expectation-maximisation (Bock & Aitkin 1981).
The distribution is free because real task sets have a lump that nobody solves, which a normal
one cannot hold. A chance in a hundred is left to luck, since now and then a weak tier solves
what strong ones did not. Costs are those of `costs`.

How sure a curve is: the standard error of q(d) by the delta method from the expected
information on the tier's offset and slope. It counts a task's difficulty as if it were known,
so it is somewhat too small; what is unknown about the difficulty of the task at hand is in the
posterior, and comes on top of it (`p_sd` of a quote).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fixit_runtime.agent.action.costs import TierCost, fit_costs
from fixit_runtime.agent.action.fitted import FittedBelief
from fixit_runtime.agent.action.tiers import BeliefModel, TierModel
from fixit_runtime.agent.economy import Array

EDGE = 1e-4  # no chance is taken as certain
LUCK = 0.01  # P(right) however hard the task: the lower asymptote
SLOPE_PULL = 0.1  # strength of the pull of a tier's slope towards 1
ADMIT_PULL = 2.0  # the same for a tier that is admitted from few outcomes
ADMIT_NOISE_PULL = 20.0  # outcomes' worth of pull of its bills' noise towards the others'
FLAT = 0.02  # tasks' worth of mass at each difficulty that was never seen


@dataclass(frozen=True, slots=True)
class Attempted:
    """One attempt with a known end: was it right, and what did it cost (USD).

    `group` is what the task shares with others before anything is tried: its repository.
    """

    task: str
    tier: str
    right: bool
    cost_usd: float
    group: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Outcomes as arrays of (tasks, tiers); nan where a tier did not try a task."""

    tasks: tuple[str, ...]
    tiers: tuple[str, ...]
    groups: tuple[str, ...]
    right: Array
    cost: Array

    @classmethod
    def of(cls, attempts: Sequence[Attempted]) -> Table:
        """Raises ValueError where there is nothing to fit."""
        if not attempts:
            raise ValueError("no outcomes to fit a belief from")
        groups = {a.task: a.group for a in attempts}
        tasks = tuple(sorted(groups))
        tiers = tuple(sorted({a.tier for a in attempts}))
        row, column = ({n: i for i, n in enumerate(names)} for names in (tasks, tiers))
        right, cost = (np.full((len(tasks), len(tiers)), np.nan) for _ in range(2))
        for a in attempts:
            right[row[a.task], column[a.tier]] = a.right
            cost[row[a.task], column[a.tier]] = a.cost_usd
        return cls(tasks, tiers, tuple(groups[t] for t in tasks), right, cost)

    def only(self, rows: NDArray[np.generic] | Sequence[int]) -> Table:
        """The tasks of these rows (a mask, or row numbers)."""
        kept = np.arange(len(self.tasks))[rows]
        return replace(
            self,
            tasks=tuple(self.tasks[i] for i in kept),
            groups=tuple(self.groups[i] for i in kept),
            right=self.right[kept],
            cost=self.cost[kept],
        )

    def of_tiers(self, tiers: Sequence[str]) -> Table:
        """These tiers only, in this order; nan for one that is not here."""
        known = {name: k for k, name in enumerate(self.tiers)}
        right, cost = (np.full((len(self.tasks), len(tiers)), np.nan) for _ in range(2))
        for k, name in enumerate(tiers):
            if name in known:
                right[:, k], cost[:, k] = self.right[:, known[name]], self.cost[:, known[name]]
        return replace(self, tiers=tuple(tiers), right=right, cost=cost)

    def and_also(self, more: Table) -> Table:
        """These tasks and those of `more`, which has the same tiers in the same order."""
        return replace(
            self,
            tasks=self.tasks + more.tasks,
            groups=self.groups + more.groups,
            right=np.concatenate([self.right, more.right]),
            cost=np.concatenate([self.cost, more.cost]),
        )


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model, and what attempts cost."""

    model: BeliefModel
    costs: Mapping[str, TierCost]

    def belief(self, *, sized: bool = True) -> FittedBelief:
        """The belief before the first attempt. Without `sized`, bills teach nothing."""
        if sized:
            return FittedBelief(self.model, self.model.prior, costs=self.costs)
        flat = {name: replace(cost, loading=0.0) for name, cost in self.costs.items()}
        return FittedBelief(self.model, self.model.prior, costs=flat)

    def completed(self, table: Table) -> Table:
        """The table with the expected outcome and cost where a tier did not try a task."""
        names = [n for n in table.tiers if n in self.model.tiers]
        chances = _clipped(np.array([self.model.tiers[n].curve(self.model.grid) for n in names]))
        posterior = _posterior(table.of_tiers(names).right, chances, self.model.prior)
        right, cost = table.right.copy(), table.cost.copy()
        for k, name in enumerate(table.tiers):
            missing = np.isnan(right[:, k])
            right[missing, k] = posterior[missing] @ self.model.tiers[name].curve(self.model.grid)
            cost[missing, k] = posterior[missing] @ self.costs[name].mean_usd
        return replace(table, right=right, cost=cost)

    def with_tiers(self, change: Callable[[TierModel], TierModel]) -> Fit:
        """The same fit with every tier changed: another verifier, another decay."""
        tiers = {name: change(tier) for name, tier in self.model.tiers.items()}
        default = change(self.model.default_tier)
        return replace(self, model=replace(self.model, tiers=tiers, default_tier=default))


def fit(
    table: Table,
    *,
    version: str,
    points: int = 31,
    rounds: int = 60,
    free_prior: bool = True,
    own_slopes: bool = True,
) -> Fit:
    """Fit difficulty and tiers to outcomes with a perfect verdict (sens = spec = 1).

    Args:
        points: size of the grid of difficulties, from −4 to 5.
        free_prior: false keeps a standard normal prior, the way that is known to be wrong.
        own_slopes: false gives all tiers one slope (Rasch), so that they differ in ability only.
    """
    grid = np.linspace(-4.0, 5.0, points)
    normal = np.exp(-0.5 * grid**2)
    prior = np.full(points, 1.0 / points) if free_prior else normal / normal.sum()
    means = np.clip(np.nanmean(table.right, axis=0), 0.02, 0.98)
    curves = np.stack([np.log(means / (1 - means)), np.ones(len(means))])  # offset, slope
    for _ in range(rounds):
        posterior = _posterior(table.right, _chances(curves, grid), prior)
        if free_prior:
            mass = posterior.sum(axis=0) + FLAT
            prior = mass / mass.sum()
        curves = _fit_curves(curves, grid, posterior, table.right, SLOPE_PULL)
        if not own_slopes:
            curves[1] = curves[1].mean()
    chances = _chances(curves, grid)
    posterior = _posterior(table.right, chances, prior)
    errors = _errors(curves, grid, posterior, table.right, SLOPE_PULL)
    tiers = {n: _tier(chances[k], errors[k]) for k, n in enumerate(table.tiers)}
    average = _tier(chances.mean(axis=0), chances.std(axis=0))
    costs = fit_costs(table.tiers, posterior, table.right, table.cost)
    return Fit(BeliefModel(version, grid, prior, tiers, average), costs)


def admit(known: Fit, tier: str, table: Table) -> Fit:
    """Add a tier from its first outcomes (20 are enough to place it).

    Its curve is pulled towards slope 1; difficulties stay as they were fitted.

    Args:
        table: outcomes of the new tier, and of known ones on the same tasks as far as they
            tried them, which tell how hard those tasks were.
    Raises:
        ValueError: the table holds no outcome of this tier.
    """
    grid, model = known.model.grid, known.model
    own = table.of_tiers([tier])
    if np.isnan(own.right).all():
        raise ValueError(f"no outcomes of {tier} to admit it from")
    names = [n for n in table.tiers if n != tier and n in model.tiers]
    chances = np.array([_clipped(model.tiers[n].curve(grid)) for n in names])
    chances = chances.reshape(len(names), len(grid))
    posterior = _posterior(table.of_tiers(names).right, chances, model.prior)
    curve = np.array([[0.0], [1.0]])
    for _ in range(20):
        curve = _fit_curves(curve, grid, posterior, own.right, ADMIT_PULL)
    error = _errors(curve, grid, posterior, own.right, ADMIT_PULL)[0]
    cost = _admitted_cost(tier, posterior, own, list(known.costs.values()))
    tiers = {**model.tiers, tier: _tier(_chances(curve, grid)[0], error)}
    return replace(known, model=replace(model, tiers=tiers), costs={**known.costs, tier: cost})


def _admitted_cost(tier: str, posterior: Array, own: Table, others: Sequence[TierCost]) -> TierCost:
    """The costs of a tier with few outcomes. How far a bill tells of a task's size is taken from
    the other tiers, since one tier's bills alone cannot tell size from noise."""
    cost = fit_costs((tier,), posterior, own.right, own.cost)[tier]
    if not others:
        return replace(cost, loading=0.0)
    count = float(np.sum(~np.isnan(own.right)))
    usual = float(np.mean([c.noise for c in others]))
    noise = (count * cost.noise + ADMIT_NOISE_PULL * usual) / (count + ADMIT_NOISE_PULL)
    return replace(cost, loading=float(np.mean([c.loading for c in others])), noise=noise)


def _tier(chances: Array, error: Array) -> TierModel:
    return TierModel(0.0, sensitivity=1.0, specificity=1.0, most=1, table=chances, spread=error)


def _clipped(chances: Array) -> Array:
    return np.clip(chances, EDGE, 1 - EDGE)


def _skill(curves: Array, grid: Array) -> Array:
    """P(right) without luck, (tiers, points)."""
    offset, slope = curves
    skill: Array = 1.0 / (1.0 + np.exp(-(offset[:, None] - slope[:, None] * grid)))
    return skill


def _chances(curves: Array, grid: Array) -> Array:
    """q_k(d) of (tiers, points)."""
    return _clipped(LUCK + (1 - LUCK) * _skill(curves, grid))


def _posterior(right: Array, chances: Array, prior: Array) -> Array:
    """P(d | outcomes) of each task, (tasks, points); untried cells say nothing."""
    hit, miss = np.nan_to_num(right, nan=0.0), np.nan_to_num(1.0 - right, nan=0.0)
    logs = hit @ np.log(chances) + miss @ np.log(1.0 - chances)
    joint = np.exp(logs - logs.max(axis=1, keepdims=True)) * prior
    posterior: Array = joint / joint.sum(axis=1, keepdims=True)
    return posterior


def _counts(curves: Array, grid: Array, posterior: Array, right: Array) -> tuple[Array, Array]:
    """Expected hits by skill, and attempts that were not hits by luck, (tiers, points)."""
    hits = np.nan_to_num(right, nan=0.0).T @ posterior
    misses = np.nan_to_num(1.0 - right, nan=0.0).T @ posterior
    hits = hits * (1 - LUCK) * _skill(curves, grid) / _chances(curves, grid)
    return hits, hits + misses


def _information(skill: Array, count: Array, grid: Array, pull: float) -> tuple[Array, ...]:
    """The information on offset and slope, as the entries a, b, c of [[a, b], [b, c]], and its
    determinant; (tiers,) each. `count` (tiers, points) are the expected attempts."""
    weight = count * skill * (1 - skill)
    a = weight.sum(axis=1) + 1e-3
    b = -(weight * grid).sum(axis=1)
    c = (weight * grid**2).sum(axis=1) + pull
    return a, b, c, np.maximum(a * c - b * b, 1e-9)


def _fit_curves(curves: Array, grid: Array, posterior: Array, right: Array, pull: float) -> Array:
    """A few Newton steps of all tiers' logistic curves on the expected counts."""
    hits, count = _counts(curves, grid, posterior, right)
    offset, slope = curves
    for _ in range(4):
        skill = _skill(np.stack([offset, slope]), grid)
        a, b, c, det = _information(skill, count, grid, pull)
        error = hits - count * skill
        d_offset = error.sum(axis=1) - 1e-3 * offset
        d_slope = -(error * grid).sum(axis=1) - pull * (slope - 1.0)
        offset = offset + np.clip((c * d_offset - b * d_slope) / det, -2, 2)
        slope = np.clip(slope + np.clip((a * d_slope - b * d_offset) / det, -1, 1), 0.2, 5.0)
    return np.stack([offset, slope])


def _errors(curves: Array, grid: Array, posterior: Array, right: Array, pull: float) -> Array:
    """Standard error of q_k(d), (tiers, points), by the delta method."""
    _, count = _counts(curves, grid, posterior, right)
    skill = _skill(curves, grid)
    a, b, c, det = (x[:, None] for x in _information(skill, count, grid, pull))
    variance = (c + 2 * b * grid + a * grid**2) / det
    error: Array = (1 - LUCK) * skill * (1 - skill) * np.sqrt(np.maximum(variance, 0.0))
    return error
