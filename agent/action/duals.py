"""What the user's limits are worth: the price of each limit that binds (Eq. 3).

A limit's price is the least μ ≥ 0 at which the policy's expected spend, with the limited term
counted (1 + μ) times, fits what remains: zero while it is slack, rising as it binds. For money
the term is ΔC; for the deadline λ·ΔL, and for `--max-risk` ρ·ΔR, whose prices rise above what the
user gave, from zero too.

Expected spend comes from the rule itself. W(b) is the best that can be done at given prices, so by
the envelope theorem its slope in a price is what will be spent of the thing priced:

    E[spend] = −dW/dprice

Nothing here keeps a cap; the ledger does. This only sees to it that what is left is spent where
it brings most, instead of on what comes first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from fixit_runtime.agent.action.beliefs import TaskBelief
from fixit_runtime.agent.economy import Prices, Quote, worth
from fixit_runtime.agent.seams import State

STEP = 1e-3  # of a price, for the slope
HALVINGS = 24
MOST_DOUBLINGS = 40
At = Callable[[float], Prices]  # the prices with one of them raised by so much


def tighten(state: State, menu: Sequence[Quote], prices: Prices) -> tuple[State, Prices]:
    """The state and the prices as they are to be decided with, what remains considered."""
    if not isinstance(state.belief, TaskBelief):
        return state, prices
    belief = state.belief
    for left, unit, raised in (
        (state.left_usd, 1.0, _money),
        (state.left_s, 0.01, _latency),
        (state.left_risk, max(prices.value_usd, 1.0), _risk),
    ):
        if math.isfinite(left):
            at = _raising(raised, prices)
            prices = at(least(_spend(belief, menu, at, unit), max(left, 0.0), unit))
    return replace(state, belief=belief.at(prices)), prices


def least(spend: Callable[[float], float], left: float, unit: float) -> float:
    """The least μ at which a falling `spend(μ)` fits what is left; `unit` is its scale."""
    if spend(0.0) <= left:
        return 0.0
    low, high = 0.0, unit
    for _ in range(MOST_DOUBLINGS):
        if spend(high) <= left:
            break
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if spend(middle) <= left else (middle, high)
    return high


def expected(belief: TaskBelief, menu: Sequence[Quote], prices: Prices) -> tuple[float, float]:
    """What the rule expects to spend from here: USD, and seconds."""
    money = _spend(belief, menu, _raising(_money, prices), 1.0)(0.0)
    return money, _spend(belief, menu, _raising(_latency, prices), 0.01)(0.0)


def _spend(
    belief: TaskBelief, menu: Sequence[Quote], at: At, unit: float
) -> Callable[[float], float]:
    """Expected spend of the thing priced, at each price of it."""

    def value(mu: float) -> float:
        prices = at(mu)
        return worth(belief.at(prices), menu, prices).usd

    return lambda mu: (value(mu) - value(mu + STEP * unit)) / (STEP * unit)


def _raising(raised: Callable[[Prices, float], Prices], prices: Prices) -> At:
    return lambda mu: raised(prices, mu)


def _money(prices: Prices, mu: float) -> Prices:
    return replace(prices, money=prices.money + mu)


def _latency(prices: Prices, mu: float) -> Prices:
    return replace(prices, latency_usd_per_s=prices.latency_usd_per_s + mu)


def _risk(prices: Prices, mu: float) -> Prices:
    return replace(prices, risk_usd=prices.risk_usd + mu)
