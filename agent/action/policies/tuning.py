"""Fits the peers that have something to fit: fixed cascades, and a router before the run.

A cascade is tuned as its users would: by what each order would have earned on the training
tasks. Chances may be fractions (an expected outcome where a tier was not run on a task).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fixit_runtime.agent.action.beliefs import TaskBelief
from fixit_runtime.agent.economy import Array, Prices, Quote, full_cost, submit_value

Order = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a cascade is tuned on: (tasks, tiers) of chances and costs, and what ends are worth.

    An attempt that is right is accepted with P = sensitivity, one that is wrong with
    P = 1 − specificity, and then shown: right is worth `value_usd`, wrong costs `risk_usd`.
    No task may cost more than `cap_usd`: an attempt that would is cut there, and lost. `weights`
    (tasks,) say how often each kind of task comes; without them each row is one task.
    """

    right: Array
    cost: Array
    value_usd: float
    risk_usd: float = 0.0
    sensitivity: float | Array = 1.0
    specificity: float | Array = 1.0
    cap_usd: float = np.inf
    weights: Array | None = None

    @property
    def accepted(self) -> Array:
        return self.sensitivity * self.right + (1 - self.specificity) * (1 - self.right)

    @property
    def earned(self) -> Array:
        """What an attempt earns on each task, its cost included."""
        wrong = self.risk_usd * (1 - self.specificity) * (1 - self.right)
        return self.value_usd * self.sensitivity * self.right - wrong - self.cost

    def value(self, order: Order) -> float:
        """What this order earns a task, USD."""
        if np.isfinite(self.cap_usd):
            return self._capped(order)
        alive, total = self.shares(), 0.0
        accepted, earned = self.accepted, self.earned
        for k in order:
            total += float(alive @ earned[:, k])
            alive = alive * (1 - accepted[:, k])
        return total

    def shares(self) -> Array:
        """The share of each row, summing to 1."""
        if self.weights is not None:
            return self.weights
        return np.full(len(self.right), 1.0 / len(self.right))

    def _capped(self, order: Order) -> float:
        alive, total = self.shares(), 0.0
        left = np.full(len(self.right), self.cap_usd)
        for k in order:
            done = self.cost[:, k] <= left
            paid = np.minimum(self.cost[:, k], left)
            earned = np.where(done, self.earned[:, k] + self.cost[:, k], 0.0) - paid
            total += float(alive @ earned)
            alive = alive * np.where(done, 1 - self.accepted[:, k], 1.0)
            left = left - paid
        return total


def best_single(tuning: Tuning) -> Order:
    """The tier that earns most a task."""
    return max(((k,) for k in range(tuning.right.shape[1])), key=tuning.value)


def best_cascade(tuning: Tuning, length: int) -> Order:
    """The best order of at most `length` (up to 3) tiers, of all there are.

    Raises:
        ValueError: a longer one is asked for.
    """
    if length not in (1, 2, 3):
        raise ValueError(f"cascades of 1 to 3 tiers can be searched through, not of {length}")
    earned, missed = tuning.earned, 1 - tuning.accepted
    shares = tuning.shares()
    found: list[tuple[Order, float]] = [
        ((k,), float(shares @ earned[:, k])) for k in range(earned.shape[1])
    ]
    best = max(found, key=lambda f: f[1])
    for _ in range(length - 1):
        longer: list[tuple[Order, float]] = []
        for order, value in found:
            alive = shares * np.prod(missed[:, order], axis=1)
            after = value + alive @ earned
            longer += [((*order, k), float(v)) for k, v in enumerate(after) if k not in order]
        found = longer
        best = max([best, *found], key=lambda f: f[1])
    return best[0]


def greedy_cascade(tuning: Tuning) -> Order:
    """Insert the tier that helps most, wherever it helps most, while one does."""
    order: Order = ()
    value = 0.0
    while True:
        longer = [
            (*order[:at], k, *order[at:])
            for k in range(tuning.right.shape[1])
            if k not in order
            for at in range(len(order) + 1)
        ]
        if not longer:
            return order
        values = [tuning.value(o) for o in longer]
        best = int(np.argmax(values))
        if values[best] <= value + 1e-9:
            return order
        order, value = longer[best], values[best]


def next_tier(belief: TaskBelief, acts: Sequence[Quote], prices: Prices) -> Quote | None:
    """The next attempt of the cascade that is expected to earn most; None where none pays.

    It is tuned on what the model expects of tasks on which so many attempts of each tier have
    failed, and on nothing else that is known of this one: so it is one order for all.
    """
    if not acts:
        return None
    usual = belief.usual()
    has = usual.attempts(acts)
    p_pass, chance, owed_usd = usual.settle(np.array([1.0, 0.0]))
    worth = p_pass * submit_value(chance, prices) - owed_usd
    costs = np.array([full_cost(q, prices) for q in acts])
    tuning = Tuning(
        has.right.T,
        np.tile(costs, (has.right.shape[1], 1)),
        float(worth[0]),
        -float(worth[1]),
        has.sensitivity,
        has.specificity,
        weights=usual.weights(),
    )
    order = greedy_cascade(tuning)
    return acts[order[0]] if order else None


def logistic(groups: Sequence[str], right: Array, *, pull: float = 1.0) -> dict[str, Array]:
    """Ridge logistic regression of every tier's outcome on the task's group, in one go.

    Args:
        right: (tasks, tiers), between 0 and 1.
    Returns: P(right) by tier, (tiers,), for every group, and under "" for one that is new.
    """
    names = sorted(set(groups))
    x = np.array([[1.0, *(float(g == n) for n in names)] for g in groups])
    ridge = np.diag([1e-3, *[pull] * len(names)])
    weights = np.zeros((x.shape[1], right.shape[1]))
    for _ in range(25):
        p = 1.0 / (1.0 + np.exp(-(x @ weights)))
        slope = x.T @ (right - p) - ridge @ weights
        curve = np.einsum("nf,nk,ng->kfg", x, p * (1 - p), x) + ridge
        step = np.linalg.solve(curve, slope.T[:, :, None])[:, :, 0].T
        weights = weights + np.clip(step, -3, 3)
    known = {n: weights[0] + weights[i + 1] for i, n in enumerate(names)}
    return {n: 1.0 / (1.0 + np.exp(-w)) for n, w in {**known, "": weights[0]}.items()}
