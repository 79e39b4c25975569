"""What the user's limits are worth: the price of each limit that binds (Eq. 3).

A limit's price is the least μ ≥ 0 at which the policy's expected spend, with the limited term
counted (1 + μ) times, fits what remains: zero while it is slack, rising as it binds. For money
the term is ΔC; for the deadline λ·ΔL, and for `--max-risk` ρ·ΔR, whose prices rise above what the
user gave, from zero too.

Nothing here keeps a cap; the ledger does. This only sees to it that what is left is spent where
it brings most, instead of on what comes first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from fixit_runtime.agent.action.beliefs import Held, TaskBelief
from fixit_runtime.agent.action.failures import Chain, Failures, Terms, per_unit
from fixit_runtime.agent.economy import DEPTH, Action, Prices, Quote
from fixit_runtime.agent.seams import Stage, State

HALVINGS = 20
MOST_DOUBLINGS = 40


class Forecast(NamedTuple):
    """What a policy expects to spend from here."""

    usd: float = 0.0
    seconds: float = 0.0
    risk_events: float = 0.0

    def plus(self, share: float, usd: float, seconds: float, risk_events: float = 0.0) -> Forecast:
        return Forecast(
            self.usd + share * usd,
            self.seconds + share * seconds,
            self.risk_events + share * risk_events,
        )


def tighten(state: State, menu: Sequence[Quote], prices: Prices) -> tuple[State, Prices]:
    """The state and the prices as they are to be decided with, what remains considered."""
    belief = state.belief
    if not isinstance(belief, TaskBelief):
        return state, prices
    limits = (
        (state.left_usd, Prices.dearer_money, Forecast._fields.index("usd"), 1.0),
        (state.left_s, _latency, Forecast._fields.index("seconds"), 0.01),
        (state.left_risk, _risk, Forecast._fields.index("risk_events"), 1.0),
    )
    binding = [limit for limit in limits if math.isfinite(limit[0])]
    if not binding:
        return replace(state, belief=belief.at(prices)), prices
    ahead = Outgoings(belief, menu)
    for left, raised, term, unit in binding:
        fits = partial(_fits, ahead, prices, raised, term, max(left, 0.0))
        prices = raised(prices, least(fits, unit))
    return replace(state, belief=belief.at(prices)), prices


def _fits(
    ahead: Outgoings,
    prices: Prices,
    raised: Callable[[Prices, float], Prices],
    term: int,
    left: float,
    mu: float,
) -> bool:
    """Whether what is expected to be spent of one kind fits, at this rise of its price."""
    return ahead.at(raised(prices, mu), term, left)[term] <= left


def least(fits: Callable[[float], bool], unit: float) -> float:
    """The least μ ≥ 0 that `fits`, where more always fits better; `unit` is its scale."""
    if fits(0.0):
        return 0.0
    low, high = 0.0, unit
    for _ in range(MOST_DOUBLINGS):
        if fits(high):
            break
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def expected(belief: TaskBelief, menu: Sequence[Quote], prices: Prices) -> Forecast:
    """What the index rule expects to spend from here, along the path where all attempts fail:
    the act with the least κ/p while p times what its candidate adds is above κ, and the checks of
    what is shown at its end."""
    return Outgoings(belief, menu).at(prices)


class Outgoings:
    """What one belief and menu expect to spend, at any prices: what does not depend on prices is
    worked out once, and only as far as it is asked for."""

    def __init__(self, belief: TaskBelief, menu: Sequence[Quote]) -> None:
        acts = [q for q in menu if q.action is Action.ACT]
        self.belief = belief
        self.acts = [Terms.of(q) for q in acts]
        self.matrix = np.array(self.acts).reshape(len(acts), len(Terms._fields)).T
        self.failures = Failures(belief, acts) if acts else None
        self.new = Chain.of(belief, Stage.GREEN)
        kinds = {(held.stage, held.checked) for held in belief.held.values()}
        self.owed = {kind: Chain.of(belief, *kind) for kind in kinds}
        self.most = [self._most(term) for term in range(len(Forecast._fields))]

    def at(self, prices: Prices, term: int = 0, left: float | None = None) -> Forecast:
        """What is spent at these prices. With `left`, only as far as it takes to tell whether
        what is spent of kind `term` fits into it."""
        if self.failures is None:
            held = self.belief.best_under(self.belief.weights())
            return self._ending(Forecast(), 1.0, held, prices)
        cost = np.array(per_unit(prices)) @ self.matrix
        new_right, new_wrong = self.new.worth(prices)
        stops = {key: chain.worth(prices) for key, chain in self.owed.items()}
        spent, reached, node = Forecast(), 1.0, self.failures.root
        for n in range(DEPTH):
            k = int((cost * node.inverse).argmin())
            p, chance, stop = node.p[k], node.chance[k], 0.0
            if held := node.held:
                right, wrong = stops[held.stage, held.checked]
                stop = max(held.chance * right + (1.0 - held.chance) * wrong, 0.0)
            gain = max(chance * new_right + (1.0 - chance) * new_wrong, 0.0)
            if node.left[k] <= 0 or p * (gain - stop) <= cost[k]:
                break
            spent = spent.plus(reached, self.acts[k].usd, self.acts[k].seconds)
            if gain > 0:
                spent = spent.plus(reached * p, *self.new.expected(chance))
            reached *= 1.0 - p
            if left is not None:
                settled = spent[term] + reached * (DEPTH - n) * self.most[term] <= left
                if settled or spent[term] > left:
                    return spent
            node = self.failures.after(node, k)
        return self._ending(spent, reached, node.held, prices)

    def _ending(
        self, spent: Forecast, reached: float, held: Held | None, prices: Prices
    ) -> Forecast:
        """With the checks of the candidate at hand, where it is shown in the end."""
        if held is None:
            return spent
        chain = self.owed[held.stage, held.checked]
        right, wrong = chain.worth(prices)
        if held.chance * right + (1.0 - held.chance) * wrong <= 0:
            return spent
        return spent.plus(reached, *chain.expected(held.chance))

    def _most(self, term: int) -> float:
        """What one attempt, its candidate and the one at hand take of a kind at most."""
        chains = [*self.owed.values(), self.new]
        shown = sum(max(c.expected(0.0)[term], c.expected(1.0)[term]) for c in chains)
        risk = term == Forecast._fields.index("risk_events")
        return shown + (0.0 if risk else max((act[term] for act in self.acts), default=0.0))


def _latency(prices: Prices, mu: float) -> Prices:
    return replace(prices, latency_usd_per_s=prices.latency_usd_per_s + mu)


def _risk(prices: Prices, mu: float) -> Prices:
    return replace(prices, risk_usd=prices.risk_usd + mu)
