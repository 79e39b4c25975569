"""One purse over many tasks, spent at equal marginal return instead of in equal shares.

A budget over a stream of tasks has a price: the least μ ≥ 0 at which the policy's expected
spend, with money counted (1 + μ) times (`Prices.dearer_money`), fits what remains (the dual of
the limit, Eq. 3). It is zero while the purse is slack, and rises as it binds; every task then buys
attempts down to the same return on the dollar, so an easy task leaves money to a hard one.

Where spending jumps at a price, because one more attempt becomes worth it for all tasks at
once, no single price spends the purse; then lots are drawn between the two sides of the jump,
which is optimal for the relaxed problem.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fixit_runtime.agent.action.fitted import FittedBelief
from fixit_runtime.agent.action.replay import Played, Run, Task, play
from fixit_runtime.agent.economy import Array, Prices
from fixit_runtime.agent.ledger import Limits
from fixit_runtime.agent.seams import Policy

MUS = (0.0, *np.geomspace(0.1, 5000.0, 28).tolist())  # prices at which spending is measured


@dataclass(frozen=True, slots=True)
class SpendCurve:
    """Expected spend a task, USD, at each of some prices μ: rising μ, falling spend."""

    mu: Array
    usd: Array

    @classmethod
    def measured(cls, spend: Callable[[float], float], mus: Sequence[float]) -> SpendCurve:
        """From `spend(μ)`, a task's mean spend as played or simulated. It must be 0 in the end:
        the last price is taken as one at which nothing is bought."""
        mu = np.sort(np.asarray([*mus], dtype=float))
        usd = np.minimum.accumulate([spend(float(m)) for m in mu])
        usd[-1] = 0.0
        return cls(mu, usd)

    def price(self, usd_a_task: float, lot: float = 1.0) -> float:
        """The least μ at which spending fits `usd_a_task`; `lot`, uniform in [0, 1), says on
        which side of a jump to be."""
        fits = int(np.argmax(self.usd <= usd_a_task))
        if fits == 0:
            return float(self.mu[0])
        more, less = self.usd[fits - 1], self.usd[fits]
        share = (usd_a_task - less) / (more - less)
        return float(self.mu[fits - 1] if lot < share else self.mu[fits])


@dataclass(slots=True)
class Purse:
    """What is left for how many tasks. Counts down; never below zero if each task is limited to
    what is left."""

    left_usd: float
    tasks_left: int

    def price(self, curve: SpendCurve, lot: float = 1.0) -> float:
        """μ for the next task."""
        return curve.price(self.left_usd / max(self.tasks_left, 1), lot)

    def settle(self, paid_usd: float) -> None:
        """A task is done and was paid for.

        Raises:
            ValueError: it cost more than was left.
        """
        if paid_usd > self.left_usd + 1e-9:
            raise ValueError(f"${paid_usd:.4f} was spent where ${self.left_usd:.4f} was left")
        self.left_usd = max(self.left_usd - paid_usd, 0.0)
        self.tasks_left -= 1


def spend_curve(
    run: Run,
    tasks: Sequence[Task],
    belief: FittedBelief,
    policy: Callable[[Task], Policy],
    prices: Prices,
    mus: Sequence[float] = MUS,
) -> SpendCurve:
    """A policy's mean spend at each price of money, as it plays tasks whose ends are known."""

    def spend(mu: float) -> float:
        dear = prices.dearer_money(mu)
        return float(np.mean([play(run, t, belief, policy(t), dear).paid_usd for t in tasks]))

    return SpendCurve.measured(spend, mus)


def pay(
    purse: Purse,
    curve: SpendCurve,
    prices: Prices,
    lot: float,
    spend: Callable[[Prices, Limits], Played],
) -> Played:
    """The next task, paid from the purse at its price, with what is left as its hard limit."""
    played = spend(prices.dearer_money(purse.price(curve, lot)), Limits(cost_usd=purse.left_usd))
    purse.settle(played.paid_usd)
    return played
