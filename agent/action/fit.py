"""Fits beliefs from outcomes: how hard tasks are, and how well each tier does at each hardness.

An item-response model (two-parameter logistic; Lord & Novick 1968) with a nonparametric
distribution of difficulty on a grid, fitted by expectation-maximisation (Bock & Aitkin 1981).
The distribution is free because real task sets have a lump that nobody solves, which a normal
one cannot hold. Costs are averaged over the posterior, so that a tier's attempt on a task that
has already defeated others is priced as what such attempts cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fixit_runtime.agent.action.beliefs import BeliefModel, TierModel
from fixit_runtime.agent.economy import Array

EDGE = 1e-4  # no chance is taken as certain
SLOPE_PULL = 0.1  # strength of the pull of a tier's slope towards 1
ADMIT_PULL = 2.0  # the same for a tier that is admitted from few outcomes
COST_PULL = 8.0  # outcomes' worth of pull of a cost curve towards the tier's mean


@dataclass(frozen=True, slots=True)
class Attempted:
    """One attempt with a known end: was it right, and what did it cost (USD)."""

    task: str
    tier: str
    right: bool
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model, and what one attempt of each tier costs at each difficulty (USD)."""

    model: BeliefModel
    cost_usd: Mapping[str, Array]

    def expected_cost(self, tier: str, posterior: Array) -> float:
        return float(posterior @ self.cost_usd[tier])


@dataclass(frozen=True, slots=True)
class Table:
    """Outcomes as arrays of (tasks, tiers); nan where a tier did not try a task."""

    tasks: tuple[str, ...]
    tiers: tuple[str, ...]
    right: Array
    cost: Array

    @classmethod
    def of(cls, attempts: Sequence[Attempted]) -> Table:
        """Raises ValueError where there is nothing to fit."""
        if not attempts:
            raise ValueError("no outcomes to fit a belief from")
        tasks = tuple(sorted({a.task for a in attempts}))
        tiers = tuple(sorted({a.tier for a in attempts}))
        row, column = ({n: i for i, n in enumerate(names)} for names in (tasks, tiers))
        right, cost = (np.full((len(tasks), len(tiers)), np.nan) for _ in range(2))
        for a in attempts:
            right[row[a.task], column[a.tier]] = a.right
            cost[row[a.task], column[a.tier]] = a.cost_usd
        return cls(tasks, tiers, right, cost)


def fit(
    attempts: Sequence[Attempted],
    *,
    version: str,
    points: int = 31,
    rounds: int = 60,
    free_prior: bool = True,
) -> Fit:
    """Fit difficulty and tiers to outcomes with a perfect verdict (sens = spec = 1).

    Args:
        points: size of the grid of difficulties, from −4 to 5.
        free_prior: false keeps a standard normal prior, the way that is known to be wrong.
    """
    table = Table.of(attempts)
    grid = np.linspace(-4.0, 5.0, points)
    prior = np.exp(-0.5 * grid**2)
    prior = np.full(points, 1.0 / points) if free_prior else prior / prior.sum()
    means = np.clip(np.nanmean(table.right, axis=0), 0.02, 0.98)
    curves = np.stack([np.log(means / (1 - means)), np.ones(len(means))])  # offset, slope
    for _ in range(rounds):
        chances = _chances(curves, grid)
        posterior = _posterior(table.right, chances, prior)
        if free_prior:
            mass = posterior.sum(axis=0) + 0.02
            prior = mass / mass.sum()
        curves = _fit_curves(curves, grid, posterior, table.right, SLOPE_PULL)
    chances = _chances(curves, grid)
    posterior = _posterior(table.right, chances, prior)
    tiers = {name: _tier(chances[k]) for k, name in enumerate(table.tiers)}
    costs = _cost_curves(posterior, table)
    return Fit(BeliefModel(version, grid, prior, tiers, _tier(chances.mean(axis=0))), costs)


def admit(known: Fit, tier: str, attempts: Sequence[Attempted]) -> Fit:
    """Add a tier from its first outcomes (20 are enough to place it), on tasks that others tried.

    The new tier's curve is pulled towards slope 1; difficulties stay as they were fitted.

    Args:
        attempts: outcomes of the new tier and of known ones on the same tasks.
    """
    grid, model = known.model.grid, known.model
    table = Table.of([a for a in attempts if a.tier == tier or a.tier in model.tiers])
    names = [n for n in table.tiers if n != tier]
    others = table.right[:, [table.tiers.index(n) for n in names]]
    chances = np.array([_clipped(model.tiers[n].curve(grid)) for n in names])
    posterior = _posterior(others, chances.reshape(len(names), len(grid)), model.prior)
    column = table.tiers.index(tier)
    start = np.array([[0.0], [1.0]])
    for _ in range(20):
        start = _fit_curves(start, grid, posterior, table.right[:, [column]], ADMIT_PULL)
    costs = _cost_curves(posterior, replace_columns(table, [column]))
    tiers = {**model.tiers, tier: _tier(_chances(start, grid)[0])}
    return Fit(replace(model, tiers=tiers), {**known.cost_usd, tier: costs[tier]})


def replace_columns(table: Table, columns: Sequence[int]) -> Table:
    """The table with only these tiers."""
    names = tuple(table.tiers[c] for c in columns)
    return Table(table.tasks, names, table.right[:, columns], table.cost[:, columns])


def _tier(chances: Array) -> TierModel:
    return TierModel(0.0, sensitivity=1.0, specificity=1.0, most=1, table=chances)


def _clipped(chances: Array) -> Array:
    return np.clip(chances, EDGE, 1 - EDGE)


def _chances(curves: Array, grid: Array) -> Array:
    """q_k(d) of (tiers, points)."""
    offset, slope = curves
    chances: Array = 1.0 / (1.0 + np.exp(-(offset[:, None] - slope[:, None] * grid)))
    return _clipped(chances)


def _posterior(right: Array, chances: Array, prior: Array) -> Array:
    """P(d | outcomes) of each task, (tasks, points); untried cells say nothing."""
    hit, miss = np.nan_to_num(right, nan=0.0), np.nan_to_num(1.0 - right, nan=0.0)
    logs = hit @ np.log(chances) + miss @ np.log(1.0 - chances)
    joint = np.exp(logs - logs.max(axis=1, keepdims=True)) * prior
    posterior: Array = joint / joint.sum(axis=1, keepdims=True)
    return posterior


def _fit_curves(curves: Array, grid: Array, posterior: Array, right: Array, pull: float) -> Array:
    """One Newton round of all tiers' logistic curves on the expected counts."""
    tried = ~np.isnan(right)
    count = tried.T.astype(float) @ posterior  # (tiers, points)
    hits = np.nan_to_num(right, nan=0.0).T @ posterior
    offset, slope = curves.copy()
    for _ in range(4):
        chance = 1.0 / (1.0 + np.exp(-(offset[:, None] - slope[:, None] * grid)))
        error, weight = hits - count * chance, count * chance * (1 - chance)
        d_offset = error.sum(axis=1) - 1e-3 * offset
        d_slope = -(error * grid).sum(axis=1) - pull * (slope - 1.0)
        a = weight.sum(axis=1) + 1e-3
        b = -(weight * grid).sum(axis=1)
        c = (weight * grid**2).sum(axis=1) + pull
        det = np.maximum(a * c - b * b, 1e-9)
        offset = offset + np.clip((c * d_offset - b * d_slope) / det, -2, 2)
        slope = np.clip(slope + np.clip((a * d_slope - b * d_offset) / det, -1, 1), 0.2, 5.0)
    return np.stack([offset, slope])


def _cost_curves(posterior: Array, table: Table) -> dict[str, Array]:
    curves = {}
    for k, name in enumerate(table.tiers):
        tried = ~np.isnan(table.cost[:, k])
        cost, share = table.cost[tried, k], posterior[tried]
        curves[name] = (share.T @ cost + COST_PULL * cost.mean()) / (share.sum(axis=0) + COST_PULL)
    return curves
