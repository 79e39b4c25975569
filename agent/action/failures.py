"""What is believed along failures: each act in turn rejected, at any prices.

The path that a policy takes depends on prices; what is believed after these and those failures
does not. So it is worked out once, as far as it is asked for, and every price is tried on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fixit_runtime.agent.action.beliefs import Held, TaskBelief
from fixit_runtime.agent.economy import Array, Prices, Quote, submit_value
from fixit_runtime.agent.seams import Stage

NEVER = 1e-200  # keeps a price finite where an attempt cannot succeed


class Terms(NamedTuple):
    """What a step or some checks cost, in the units of each price of Eq. 1."""

    usd: float = 0.0
    seconds: float = 0.0
    risk_events: float = 0.0
    irreversible_events: float = 0.0
    oversight_usd: float = 0.0

    @classmethod
    def of(cls, quote: Quote) -> Terms:
        return cls(
            quote.cost_usd,
            quote.latency_s,
            quote.risk_events,
            quote.irreversible_events,
            quote.oversight_usd,
        )

    def at(self, prices: Prices) -> float:
        """κ, as `full_cost` has it."""
        return sum(price * amount for price, amount in zip(per_unit(prices), self, strict=True))

    def plus(self, share: float, more: Terms) -> Terms:
        return Terms(*(mine + share * other for mine, other in zip(self, more, strict=True)))


def per_unit(prices: Prices) -> Terms:
    """The price of each term."""
    return Terms(
        prices.money, prices.latency_usd_per_s, prices.risk_usd, prices.irreversible_usd, 1.0
    )


class Chain(NamedTuple):
    """The checks that a candidate owes: if it is right it passes them with P = `right_passes` for
    `right`, if it is wrong with P = `wrong_passes` for `wrong`."""

    right_passes: float
    right: Terms
    wrong_passes: float
    wrong: Terms

    @classmethod
    def of(cls, belief: TaskBelief, stage: Stage, checked: frozenset[str] = frozenset()) -> Chain:
        reach, terms = [1.0, 1.0], [Terms(), Terms()]
        for check, rates in belief.owing(stage, checked):
            cost = Terms(usd=check.usd) if check.quote is None else Terms.of(check.quote)
            for i, passes in enumerate((rates.right, rates.wrong)):
                terms[i] = terms[i].plus(reach[i], cost)
                reach[i] *= passes
        return cls(reach[0], terms[0], reach[1], terms[1])

    def expected(self, chance: float) -> tuple[float, float, float]:
        """USD, seconds and wrong patches shown, for a candidate that is right with this chance."""
        wrong = 1.0 - chance
        return (
            chance * self.right.usd + wrong * self.wrong.usd,
            chance * self.right.seconds + wrong * self.wrong.seconds,
            wrong * self.wrong_passes,
        )

    def worth(self, prices: Prices) -> tuple[float, float]:
        """What showing the candidate brings, its checks paid, if it is right and if not; USD."""
        return (
            self.right_passes * submit_value(1.0, prices) - self.right.at(prices),
            self.wrong_passes * submit_value(0.0, prices) - self.wrong.at(prices),
        )


@dataclass(slots=True)
class Node:
    """After some failures. Of each act: P(accepted), P(right | accepted), and 1 / P(accepted),
    which is infinite for one that is not to be had any more; `held` is the best candidate."""

    weights: Array
    ratio: Array  # what is left of each act's chance
    left: Array
    fresh: Array  # acts of tiers that have not failed yet
    p: list[float]
    chance: list[float]
    inverse: Array
    held: Held | None
    after: dict[int, Node]


class Failures:
    """The nodes below a belief, by which acts have failed. Grows as it is asked."""

    def __init__(self, belief: TaskBelief, acts: Sequence[Quote]) -> None:
        names = tuple(q.tier for q in acts)
        made = np.array([belief.made.get(name, 0) for name in names])
        tiers = belief.model.lineup(names)
        scale = belief.scales(tiers, made)
        self.belief = belief
        self.acts = acts
        self._curves = scale[:, None] * tiers.curves
        self._room = belief.room()
        self._sensitivity = tiers.sensitivity
        self._wrong = scale * (1.0 - tiers.specificity)
        self._decay, self._later = tiers.decay, tiers.later
        count = len(acts)
        self._same = np.eye(count, dtype=bool)  # acts of one tier: what fails for one, for all
        if len(set(names)) < count:
            self._same = np.array([[name == other for other in names] for name in names])
        self.root = self._node(belief.weights(), np.ones(count), tiers.most - made, made == 0)

    def after(self, node: Node, k: int) -> Node:
        """Once act `k` has failed as well."""
        if k not in node.after:
            wrong = self._wrong[k] * node.ratio[k]
            slope = (self._sensitivity[k] - wrong) * node.ratio[k]
            weights = node.weights * ((1.0 - wrong) - slope * self._curves[k])
            total = float(weights.sum())
            weights = weights / total if total > 0 else node.weights
            faded = self._decay[k] * (self._later[k] if node.fresh[k] else 1.0)
            same = self._same[k]
            ratio = node.ratio if faded == 1.0 else np.where(same, node.ratio * faded, node.ratio)
            node.after[k] = self._node(weights, ratio, node.left - same, node.fresh & ~same)
        return node.after[k]

    def _node(self, weights: Array, ratio: Array, left: Array, fresh: Array) -> Node:
        right = self._room * ratio * (self._curves @ weights)
        wrong = self._wrong * ratio
        p = wrong + (self._sensitivity - wrong) * right
        chance = self._sensitivity * right / (p + NEVER)
        inverse = np.where(left > 0, 1.0 / (p + NEVER), np.inf)
        held = self.belief.best_under(weights)
        return Node(weights, ratio, left, fresh, p.tolist(), chance.tolist(), inverse, held, {})
