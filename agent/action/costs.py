"""What an attempt costs on this task: some tasks are dear for everyone.

The logarithm of what tier k pays on task i is taken as

    log c_ik = μ_k(d_i, outcome) + a_k·s_i + e_ik,   s_i ~ N(m, 1),  e_ik ~ N(0, ψ_k)

a one-factor model (Spearman 1904) over the difficulty d of the belief: s is the task's size,
which is there before anything is tried (a large repository, long test output) and shows in the
first bill. So the price of each later attempt is quoted from what the task's earlier attempts
cost, and not only from what attempts cost on the average.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fixit_runtime.agent.economy import Array

ROUNDS = 40  # of expectation-maximisation
LEAST_NOISE = 0.05  # variance of a log cost that no task's size explains
LOADING_PULL = 5.0  # outcomes' worth of pull of a tier's loading towards the mean of all
CURVE_PULL = 1.0  # the same of a cost curve towards the tier's mean; 8 quotes hard tasks 20 % low


@dataclass(frozen=True, slots=True)
class TierCost:
    """What a tier's attempt costs. Curves over the grid of difficulties.

    `mean_usd` (G,) is the expectation; `log_usd` (2, G) the mean logarithm of a failed and of
    a right attempt; `loading` is a_k and `noise` ψ_k. `most_usd` is the dearest attempt seen.
    """

    mean_usd: Array
    log_usd: Array
    loading: float = 0.0
    noise: float = 1.0
    most_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Size:
    """What is known of a task's size s: mean and variance, in standard deviations of tasks."""

    mean: float = 0.0
    variance: float = 1.0

    def factor(self, tier: TierCost) -> float:
        """E[e^(a·s)] over what it is for the average task."""
        a = tier.loading
        return math.exp(a * self.mean + 0.5 * a * a * (self.variance - 1.0))

    def after(self, tier: TierCost, surprise: float) -> Size:
        """Once an attempt's log cost was off by `surprise` from what its tier pays."""
        precision = 1.0 / self.variance + tier.loading**2 / tier.noise
        mean = (self.mean / self.variance + tier.loading * surprise / tier.noise) / precision
        return Size(mean, 1.0 / precision)


AVERAGE = Size()


def fit_costs(
    tiers: tuple[str, ...], posterior: Array, right: Array, cost: Array
) -> dict[str, TierCost]:
    """Fit every tier's costs.

    Args:
        posterior: (tasks, points), P(d) of each task.
        right, cost: (tasks, tiers); nan where a tier did not try a task. Costs in USD.
    """
    curves = [_curves(posterior, right[:, k], cost[:, k]) for k in range(len(tiers))]
    surprise = np.full(cost.shape, np.nan)
    for k, (_, logs) in enumerate(curves):
        tried = ~np.isnan(cost[:, k])
        expected = np.where(right[:, k] == 1, posterior @ logs[1], posterior @ logs[0])
        surprise[tried, k] = np.log(np.maximum(cost[tried, k], 1e-9)) - expected[tried]
    loading, noise = _factor(surprise)
    return {
        name: TierCost(*curves[k], float(loading[k]), float(noise[k]), float(np.nanmax(cost[:, k])))
        for k, name in enumerate(tiers)
    }


def _curves(posterior: Array, right: Array, cost: Array) -> tuple[Array, Array]:
    """Mean cost over the grid, (G,), and mean log cost of failed and right attempts, (2, G)."""
    tried = ~np.isnan(cost)
    logs = np.log(np.maximum(cost, 1e-9))
    failed, passed = tried & (right == 0), tried & (right == 1)
    by_outcome = [
        _smoothed(posterior[rows], logs[rows], float(logs[rows if rows.any() else tried].mean()))
        for rows in (failed, passed)
    ]
    return _smoothed(posterior[tried], cost[tried], float(cost[tried].mean())), np.array(by_outcome)


def _smoothed(posterior: Array, values: Array, mean: float) -> Array:
    """Means over the grid by posterior weight, pulled towards `mean` where little is known."""
    total, weight = posterior.T @ values, posterior.sum(axis=0)
    curve: Array = (total + CURVE_PULL * mean) / (weight + CURVE_PULL)
    return curve


def _factor(surprise: Array) -> tuple[Array, Array]:
    """Loadings and noise variances, (tiers,), by expectation-maximisation."""
    seen = ~np.isnan(surprise)
    r, count = np.where(seen, surprise, 0.0), np.maximum(seen.sum(axis=0), 1)
    variance = np.maximum((r**2).sum(axis=0) / count, LEAST_NOISE)
    loading, noise = np.sqrt(variance / 2), np.maximum(variance / 2, LEAST_NOISE)
    for _ in range(ROUNDS):
        spread = 1.0 / (1.0 + seen @ (loading**2 / noise))
        size = spread * (r @ (loading / noise))
        second = seen.T @ (size**2 + spread)
        along = r.T @ size
        pulled = LOADING_PULL * (along.sum() / max(second.sum(), 1e-9))
        loading = np.maximum((along + pulled) / (second + LOADING_PULL), 0.0)
        left = (r**2).sum(axis=0) - 2 * loading * along + loading**2 * second
        noise = np.maximum(left / count, LEAST_NOISE)
    return loading, noise
